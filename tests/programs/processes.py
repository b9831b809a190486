"""What the tests of several processes share: the processes of mpirun, files by their hash, and what was found."""
import hashlib
import functools
import pathlib
import shlex
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
def version(mpirun):
    return subprocess.run([mpirun, "--version"], capture_output=True, text=True).stdout


def is_open_mpi(mpirun):
    """MPICH's has no such options, and needs none of them."""
    return "Open MPI" in version(mpirun)


def command(mpirun, processes, words, *options):
    """The command that runs words in so many processes; 0: without mpirun, which may have more options."""
    own = ["--oversubscribe", "--allow-run-as-root"] if processes and is_open_mpi(mpirun) else []
    return [*([mpirun, *own, *options, "-n", str(processes)] if processes else []), *words]


def command_of_two(mpirun, first, second):
    """The command that runs other words in the second of two processes. Its rank chooses: OpenMPI 5.0.7 of Debian 13 crashes where two commands are
    separated by a colon."""
    script = f'if [ "${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}" = 0 ]; then exec {shlex.join(first)}; else exec {shlex.join(second)}; fi'
    return command(mpirun, 2, ["sh", "-c", script])


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
