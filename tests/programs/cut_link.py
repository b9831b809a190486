#!/usr/bin/env python3
"""Cuts the link between two hosts, which are network namespaces, while two processes train: both end with exit code 75 within the patience and name
the other, the checkpoint is whole, and the resumed run has the bits of one that nothing disturbed.

  cut_link.py TRAIN_IN_PROCESSES MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun of OpenMPI, or no network namespaces may be made.
"""
import os
import shutil
import subprocess
import sys

import processes as mpi
from lost_runs import Job, check_resumed, said
from processes import base, check

program, mpirun = sys.argv[1:]
mpi.require(mpirun)
hosts = [f"heed-{os.getpid()}-{i}" for i in range(2)]
addresses = ["10.213.7.1", "10.213.7.2"]


def ip(*words):
    return subprocess.run(["ip", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def make_hosts():
    """-> what forbids it, or nothing."""
    steps = [["netns", "add", host] for host in hosts]
    steps += [["link", "add", "heed0", "netns", hosts[0], "type", "veth", "peer", "name", "heed0", "netns", hosts[1]]]
    for host, address in zip(hosts, addresses):
        steps += [["-n", host, "addr", "add", address + "/24", "dev", "heed0"], ["-n", host, "link", "set", "heed0", "up"], ["-n", host, "link", "set", "lo", "up"]]
    for step in steps:
        done = ip(*step)
        if done.returncode != 0:
            return done.stderr.strip()
    return ""


def remove_hosts():
    for host in hosts:
        ip("netns", "del", host)


def skip(why):
    print(f"not run: {why}")
    shutil.rmtree(base)
    sys.exit(77)


if not mpi.is_open_mpi(mpirun):
    skip("the links that mpirun takes are named by options of OpenMPI's")
if not shutil.which("ip"):
    skip("network namespaces cannot be made: there is no ip")
forbidden = make_hosts()
if forbidden:
    remove_hosts()
    skip(f"network namespaces cannot be made: {forbidden}")
try:
    agent = base / "agent"  # what mpirun starts its daemon on the other host with, in place of ssh
    agent.write_text(f'#!/bin/sh\nshift\nexec ip netns exec {hosts[1]} sh -c "$*"\n')
    agent.chmod(0o755)
    options = ["--host", ",".join(addresses), "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "heed0",
               "--mca", "oob_tcp_if_include", "heed0"]
    job = Job(program, mpirun, "cut", 2, *options, before=["ip", "netns", "exec", hosts[0]])
    ip("-n", hosts[1], "link", "set", "heed0", "down")
    codes = job.codes_of(2)
    ip("-n", hosts[1], "link", "set", "heed0", "up")  # mpirun itself waits for the other host
    _, text = job.end()
    check("a cut link ends both processes with exit code 75", codes == {0: 75, 1: 75} and said(text, 1) == 1, f"{codes} {text}")
    check_resumed(program, "cut")
finally:
    remove_hosts()
mpi.end()
