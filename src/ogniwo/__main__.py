"""``python -m ogniwo`` is the command ``ogniwo``."""

from ogniwo.cli.main import run

if __name__ == "__main__":
    run()
