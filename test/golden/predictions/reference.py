"""Embeddings, scores and boxes of the fixture images, by onnxruntime, numpy and Pillow: what ours are held against.

    node test/golden/predictions/make-models.ts /tmp/models
    python3 test/golden/predictions/reference.py /tmp/models > test/golden/predictions/reference.json

Of onnxruntime 1.30, numpy and Pillow 13. An embedding is written as base64 of 512 float32, little endian.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

IMAGES = pathlib.Path(__file__).parent / "images"
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype="float32")
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], dtype="float32")
SIDE = 224


def upright(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I"):
        # Pillow itself would cut 16 bits of gray off at 255, which leaves white.
        image = Image.fromarray((np.asarray(image).astype("uint32") >> 8).astype("uint8"))
    return image.convert("RGB")


def prepared(image):
    """OpenCLIP: Resize(224, bicubic), CenterCrop(224), ToTensor, Normalize."""
    width, height = image.size
    long = int(SIDE * max(image.size) / min(image.size))
    image = image.resize((SIDE, long) if width < height else (long, SIDE), Image.Resampling.BICUBIC)
    left, top = (round((side - SIDE) / 2) for side in image.size)
    square = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), dtype="float32") / 255
    return ((square - MEAN) / DEVIATION).transpose(2, 0, 1)[None]


def main(models):
    def run(name, rows):
        session = sessions[name]
        return session.run(None, {session.get_inputs()[0].name: rows})[0]

    names = ["clip_vit_b32", "ranker_v4", "crop_proposer_v3"]
    sessions = {name: onnxruntime.InferenceSession(f"{models}/{name}.onnx") for name in names}
    found = {}
    for path in sorted(IMAGES.iterdir()):
        image = upright(path)
        embedding = run("clip_vit_b32", prepared(image))
        embedding /= np.linalg.norm(embedding)
        size = np.array([image.size], dtype="float32") / 10_000
        x1, y1, x2, y2 = run("crop_proposer_v3", np.concatenate([embedding, size], axis=1))[0].tolist()
        found[path.name] = {
            "width": image.width,
            "height": image.height,
            "embedding": base64.b64encode(embedding.astype("<f4").tobytes()).decode(),
            "score": float(run("ranker_v4", embedding)[0, 0]),
            "box": [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)],
        }
    json.dump(found, sys.stdout, indent=2)
    print()


main(sys.argv[1])
