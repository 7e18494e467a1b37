"""Makes the files in npy/ beside this script as numpy writes them: the numbers 1 to 512, in ways that differ.

    python3 test/golden/predictions/make_npy.py        needs numpy
"""

import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent / "npy"


def write(name, array, version=(1, 0)):
    with open(HERE / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def main():
    HERE.mkdir(exist_ok=True)
    numbers = np.arange(1, 513, dtype="<f4")
    write("plain", numbers)
    write("version-2", numbers, version=(2, 0))
    write("one-row", numbers[None])
    write("double", numbers.astype("<f8"))
    write("big-endian", numbers.astype(">f4"))
    write("columns-first", np.asfortranarray(numbers.reshape(256, 2)))


main()
