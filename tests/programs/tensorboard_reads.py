#!/usr/bin/env python3
"""Lists what TensorBoard's own reader finds in a run's folder; wants the package tensorboard.

  tensorboard_reads.py RUN

Exit code 0 if there are scalars, images, histograms and a text, and the images and histograms are not empty.
"""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"images": 0, "histograms": 0, "scalars": 0})
events.Reload()
tags = events.Tags()
for kind in ["scalars", "images", "histograms", "tensors"]:
    print(f"{len(tags[kind])} {kind}: {', '.join(tags[kind][:4])}{', ...' if len(tags[kind]) > 4 else ''}")
images = [image for tag in tags["images"] for image in events.Images(tag)]
assert all(p.encoded_image_string.startswith(b"\x89PNG") and p.width > 0 and p.height > 0 for p in images)
assert all(events.Histograms(tag)[-1].histogram_value.num > 0 for tag in tags["histograms"])
sys.exit(not (tags["scalars"] and tags["images"] and tags["histograms"] and tags["tensors"]))
