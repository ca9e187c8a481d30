"""Tell in one line what is missing before a virtual environment can be made. Runs on any Python 3."""

import sys

HOW = "on Debian and Ubuntu: apt-get install python3 python3-venv python3-pip; elsewhere another one: make PYTHON=/path/to/python3.11 ..."


def missing():
    if sys.version_info < (3, 11):
        return "Python 3.11 or newer is needed, %s is Python %d.%d" % (
            sys.executable,
            sys.version_info[0],
            sys.version_info[1],
        )
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            return "Python's modules venv and pip are needed, %s has no %s" % (sys.executable, module)
    return None


problem = missing()
if problem:
    sys.exit("%s\n%s" % (problem, HOW))
