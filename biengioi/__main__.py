"""``python -m biengioi``: how our own child processes start, and anybody else may."""

from biengioi.cli import main

if __name__ == "__main__":
    main()
