"""Charts as frozen geometry; templates draw them.

Across, everything is a share of the width, so that a chart fits any page; down, everything is in CSS pixels. Text is
therefore never stretched, and only curves are drawn in a box that stretches.
"""
