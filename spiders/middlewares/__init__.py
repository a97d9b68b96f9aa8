"""What stands between the spider and the network: politeness, host rules, the address guard."""
