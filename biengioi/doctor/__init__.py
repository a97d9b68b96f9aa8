"""What `biengioi doctor` looks at: the installation, the machine, the network, the collection."""
