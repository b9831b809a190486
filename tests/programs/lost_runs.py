"""What the tests that lose processes share: runs of train_in_processes that are disturbed, and continue."""
import os
import signal
import subprocess
import time

import processes as mpi
import toy
from processes import base, check

environment = {**os.environ, "HEED_THREADS": "1"}
# Leaves the number of a rank's process, and its exit code.
of_rank = 'r=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; "$@" & echo $! > "$0/pid-$r"; wait $!; code=$?; echo $code > "$0/code-$r"; exit $code'


def words(program, folder, steps, mode):
    return [program, str(base / folder), "adamw", "4", str(steps), mode]


def run(command, folder):
    """-> the exit code, what was printed, the sha256 of the weights that the run left in the folder."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, timeout=100)
    return done.returncode, done.stderr, mpi.sha256(base / folder / "weights.safetensors")


class Job:
    """A run of several processes that would take very long, once it has a checkpoint. `before`: what mpirun is started by."""

    def __init__(self, program, mpirun, folder, processes, *options, before=()):
        self.folder, self.notes = base / folder, base / f"{folder}-notes"
        self.notes.mkdir()
        ranked = ["sh", "-c", of_rank, str(self.notes), *words(program, folder, 10**7, "impatient")]
        with open(self.notes / "text", "wb") as text:  # no pipe: processes that are left over would hold it
            self.process = subprocess.Popen([*before, *mpi.command(mpirun, processes, ranked, *options)], stdout=subprocess.DEVNULL, stderr=text,
                                            env=environment, start_new_session=True)
        while not (self.folder / "checkpoint.safetensors").exists() and self.process.poll() is None:
            time.sleep(0.02)

    def send(self, number, *ranks):
        for rank in ranks:
            os.kill(int((self.notes / f"pid-{rank}").read_text()), number)

    def codes(self):
        """The exit codes of ranks that have ended."""
        return {int(path.name[5:]): int(code) for path in self.notes.glob("code-*") if (code := path.read_text())}

    def codes_of(self, processes):
        """The exit codes of all ranks, whose processes may live longer than mpirun."""
        until = time.monotonic() + 20
        while len(self.codes()) < processes and time.monotonic() < until:
            time.sleep(0.1)
        return self.codes()

    def end(self):
        """-> the exit code, what was printed."""
        try:
            self.process.wait(timeout=60)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.returncode, (self.notes / "text").read_text()


def check_resumed(program, folder):
    """In one process, and without mpirun."""
    step, _ = toy.checkpoint(base / folder / "checkpoint.safetensors")
    code, text, whole = run(words(program, folder + "-whole", step + 2, ""), folder + "-whole")
    again, more, found = run(words(program, folder, step + 2, "resume"), folder)
    check(f"... and the run resumed after step {step} has the bits of one undisturbed", code == again == 0 and found == whole, text + more)


def said(text, rank):
    """How many processes named this one."""
    return text.count(f"waited for rank {rank}, of which nothing was heard for 1.5 seconds")
