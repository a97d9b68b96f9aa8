"""Events: keeping, joining, linking, correcting and finding them."""
