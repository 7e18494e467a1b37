"""Makes the fixture images beside this script: the kinds of files on which decoders differ.

    python3 test/golden/predictions/make_fixtures.py        needs numpy and Pillow

Each is drawn from its own seed. Other versions of Pillow may write other bytes: commit images and reference together.
"""

import pathlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent / "images"


def picture(seed, width, height, channels=3):
    """Soft waves and some rectangles with hard edges, 0..1."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    layers = []
    tint = dice.uniform(0.1, 0.9, channels)
    for channel in range(channels):
        fx, fy, phase = dice.uniform(1, 9, 2).tolist() + [dice.uniform(0, 6.28)]
        layers.append(tint[channel] + 0.3 * np.sin(6.28 * (fx * x + fy * y) + phase))
    image = np.stack(layers, axis=-1)
    for _ in range(6):
        left, top = int(dice.integers(0, width)), int(dice.integers(0, height))
        image[top : top + height // 4 + 1, left : left + width // 4 + 1] = dice.uniform(0, 1, channels)
    return image.clip(0, 1)


def eight(values):
    return (values * 255).round().astype("uint8")


def sixteen_bit_png(path, values):
    """Pillow writes no 16-bit RGB; a PNG of one IDAT is quickly made."""
    import struct
    import zlib

    height, width, channels = values.shape
    samples = (values * 65535).round().astype(">u2")
    rows = b"".join(b"\0" + samples[row].tobytes() for row in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def turned(seed, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(eight(picture(seed, 400, 260))).save(HERE / name, quality=80, exif=exif)


def main():
    HERE.mkdir(exist_ok=True)
    Image.fromarray(eight(picture(1, 640, 427))).save(HERE / "landscape.jpg", quality=70)
    Image.fromarray(eight(picture(2, 333, 777))).save(HERE / "odd-aspect.jpg", quality=75, subsampling=0)
    turned(3, "exif-6.jpg", 6)
    turned(4, "exif-8.jpg", 8)
    turned(5, "exif-3.jpg", 3)
    turned(16, "exif-5.jpg", 5)
    cmyk = Image.fromarray(eight(picture(6, 300, 240, 4) * [1, 1, 1, 0.5]), mode="CMYK")
    cmyk.save(HERE / "cmyk.jpg", quality=70)
    alpha = Image.fromarray(eight(picture(7, 90, 70, 4)), mode="RGBA")
    alpha.save(HERE / "alpha.png", optimize=True)
    sixteen_bit_png(HERE / "sixteen-bit-rgb.png", picture(8, 60, 44))
    sixteen_bit_png(HERE / "sixteen-bit-gray.png", picture(9, 100, 64, 1))
    Image.fromarray(eight(picture(10, 300, 500, 1))[:, :, 0]).save(HERE / "gray.jpg", quality=75)
    Image.fromarray(eight(picture(11, 50, 1))).save(HERE / "one-pixel-high.png")
    Image.fromarray(eight(picture(12, 20, 30))).save(HERE / "tiny.png")
    Image.fromarray(eight(picture(13, 225, 224))).save(HERE / "nearly-square.webp", quality=70)
    flat = Image.fromarray(eight(picture(14, 240, 400))).quantize(16, dither=Image.Dither.NONE)
    flat.save(HERE / "palette.png", optimize=True)
    Image.fromarray(eight(picture(15, 900, 700))).save(HERE / "progressive.jpg", quality=50, progressive=True)


main()
