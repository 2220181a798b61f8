# SPDX-License-Identifier: Apache-2.0
"""How fast EDIFACT is tokenised, and how fast it is read, checked against its directory and mapped to typed
documents, beside a byte loop and StAEDI. Works take turns in each round; medians count.

    sh tests/bench/run.sh edifact [--quick] [--no-java]
"""

import argparse
import pathlib
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "build/release/tests/bench_edifact"
WORKS = ["byteloop", "tokenise", "check", "whole"]


class Server:
    """A program that does a work each time it is told to and answers with a line of figures."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def once(self, work):
        self.process.stdin.write(work + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().split()
        if len(line) != 4:
            raise SystemExit(f"bench: {work} gave no figures; see above")
        took_us, size, messages, result = map(int, line)
        return size / took_us, messages / took_us * 1e6, result

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def make_file(path, megabytes):
    with open(path, "wb") as out:
        subprocess.run([BENCH, "make", str(megabytes)], stdout=out, check=True)


def staedi(folder):
    """The command of the Java runner, or None and why not."""
    if not shutil.which("java") or not shutil.which("mvn"):
        return None, "Java or Maven is missing"
    project = folder / "staedi"
    shutil.copytree(ROOT / "tests/bench/staedi", project)
    schema = folder / "orders.xml"
    generator = ROOT / "tests/bench/staedi/schema.py"
    tables = ROOT / "edi-maps/directories/D96A.dir"
    with open(schema, "w", encoding="utf-8") as out:
        subprocess.run(["python3", generator, tables, "ORDERS"], stdout=out, check=True)
    built = subprocess.run(["mvn", "-q", "-B", "package", "dependency:copy-dependencies"], cwd=project,
                           capture_output=True, text=True, check=False)
    if built.returncode:
        return None, "Maven could not build it: " + built.stdout.strip()[-300:]
    classes = f"{project}/target/classes:{project}/target/dependency/*"
    return ["java", "-Xmx512m", "-cp", classes, "Runner", str(schema)], ""


def measure(server, works, rounds, java, figures):
    for _ in range(rounds):
        for work in works:
            figures.setdefault(work, []).append(server.once(work))
        if java:
            figures.setdefault("staedi", []).append(java.once("staedi"))


def memory(megabytes):
    """The largest resident size, in MB, while that much is read from a pipe, checked and mapped."""
    make = subprocess.Popen([BENCH, "make", str(megabytes)], stdout=subprocess.PIPE)
    done = subprocess.run([BENCH, "stream"], stdin=make.stdout, stdout=subprocess.PIPE, text=True, check=True)
    make.stdout.close()
    make.wait()
    return int(done.stdout.split()[-1]) / 1000


def main():
    options = argparse.ArgumentParser(prog="run.sh edifact")
    options.add_argument("--quick", action="store_true", help="10 MB, three rounds, no gigabyte")
    options.add_argument("--no-java", action="store_true", help="without StAEDI")
    options = options.parse_args()
    megabytes, rounds = (10, 3) if options.quick else (100, 7)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        large, small = folder / "large.edi", folder / "small.edi"
        make_file(large, megabytes)
        make_file(small, 2 if options.quick else 10)
        command, why = (None, "--no-java") if options.no_java else staedi(folder)
        server = Server([BENCH, "measure", large])
        java = Server(command + [str(small)]) if command else None
        figures = {}
        measure(server, WORKS, 1, None, {})
        if java:
            java.once("staedi")
        measure(server, WORKS, rounds, java, figures)
        server.close()
        if java:
            java.close()
    if {figure[2] for figure in figures["byteloop"]} != {figure[2] for figure in figures["tokenise"]}:
        raise SystemExit("bench: the two tokenisers have seen different tokens")
    median = {work: statistics.median(figure[0] for figure in rows) for work, rows in figures.items()}
    for work, rows in figures.items():
        messages = statistics.median(figure[1] for figure in rows)
        print(f"{work:10} {median[work]:8.1f} MB/s" + (f" {messages:10.0f} messages/s" if messages else ""))
    gigabytes = 0.1 if options.quick else 1
    print(f"memory     {memory(int(gigabytes * 1000)):8.1f} MB resident for {gigabytes} GB from a pipe")
    print(f"ratio tokenise/byteloop {median['tokenise'] / median['byteloop']:.2f}")
    print(f"ratio whole/byteloop {median['whole'] / median['byteloop']:.2f}")
    if java:
        print(f"ratio whole/staedi {median['whole'] / median['staedi']:.1f}")
    else:
        print(f"without StAEDI: {why}")


if __name__ == "__main__":
    main()
