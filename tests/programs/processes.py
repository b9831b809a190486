"""What the tests of several processes share: the processes of mpirun, files by their hash, and what was found."""
import hashlib
import functools
import pathlib
import shutil
import subprocess
import sys
import tempfile

base = pathlib.Path(tempfile.mkdtemp())
failures = []


def require(mpirun):
    """Ends the test with exit code 77, which means that it was not run, where there is no mpirun."""
    if not shutil.which(mpirun):
        print("not run: there is no mpirun")
        base.rmdir()
        sys.exit(77)


@functools.cache
def is_open_mpi(mpirun):
    """MPICH's has no such options, and needs none of them."""
    return "Open MPI" in subprocess.run([mpirun, "--version"], capture_output=True, text=True).stdout


def command(mpirun, processes, words, *options):
    """The command that runs words in so many processes; 0: without mpirun, which may have more options."""
    own = ["--oversubscribe", "--allow-run-as-root"] if processes and is_open_mpi(mpirun) else []
    return [*([mpirun, *own, *options, "-n", str(processes)] if processes else []), *words]


def command_of_two(mpirun, first, second):
    """The command that runs other words in the second of two processes."""
    return [*command(mpirun, 1, first), ":", "-n", "1", *second]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def check(what, condition, text=""):
    print(("ok      " if condition else "FAILED  ") + what, flush=True)
    if not condition:
        failures.append(what)
        print(text)


def end():
    shutil.rmtree(base)
    sys.exit(1 if failures else 0)
