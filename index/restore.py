"""A catalogue made anew from a generation: each of the two holds all that the other needs."""

import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from index.canary import maker_of
from index.catalog import Catalog
from index.files import DISK, Disk
from index.generation import Generation
from index.publish import CATALOG
from index.rows import LOST, FileRow, Link
from index.text_key import text_key

_BATCH = 4096  # vectors
DRAFT = ".catalog-draft.sqlite"


def restore_catalog(folder: Path, generation: Generation, disk: Disk = DISK) -> None:
    """Write the catalogue's file from what a generation holds.

    Where the articles' files lie is not known then, nor their hashes: a file that is added under
    the same source name takes their place.
    """
    disk.remove(folder / DRAFT)
    catalog = Catalog(folder / DRAFT)
    try:
        with catalog.transaction():
            _fill(catalog, generation)
            made = generation.manifest.fingerprint
            print_ = {name: value for name, value in made.items() if name != "canary"}
            if generation.canary is None:
                catalog.set_meta("fingerprint", json.dumps(print_, sort_keys=True))
            else:
                maker = maker_of(str(print_["embedder"]), generation.canary)
                catalog.note_maker(print_, maker, generation.canary)
    finally:
        catalog.close()
    disk.rename(folder / DRAFT, folder / CATALOG)
    disk.sync(folder)


def restore_vectors(folder: Path, generation: Generation) -> int:
    """Keep the vectors of a generation for texts that have none; returns how many those were."""
    catalog = Catalog(folder / CATALOG)
    try:
        maker = catalog.maker
        lacking = set(catalog.lacking(maker)[:, 0].tolist())
        if not lacking or generation.manifest.fingerprint != catalog.made_by():
            return 0
        found = 0
        for start in range(0, generation.size, _BATCH):
            positions = generation.positions[start : start + _BATCH]
            keys = [text_key(text.words) for text in generation.searched(positions)]
            wanted = [place for place, key in enumerate(keys) if key in lacking]
            vectors = generation.vectors.vectors(positions[wanted])
            catalog.kept.add(maker, [keys[place] for place in wanted], vectors)
            lacking -= set(keys)
            found += len(wanted)
        catalog.kept.save()
        return found
    finally:
        catalog.close()


def _fill(catalog: Catalog, generation: Generation) -> None:
    """Files, raw texts, articles with their paragraphs, and the ties between articles."""
    links: dict[str, Link] = {}
    for name, placed in groupby(generation.placed(), lambda found: found.place[0]):
        path = LOST + name
        catalog.add_file(FileRow(path, name, "", "auto"))
        raws: dict[str, int] = {}
        for place, found in enumerate(placed):
            article = found.article
            if article.raw not in raws:  # the articles of a page share one text
                raws[article.raw] = catalog.add_raw(path, article.raw)
            links[article.id] = Link(article.title, article.continues, article.continued_by)
            own = replace(article, title=found.own_title, continues=None, continued_by=None)
            paragraphs = generation.article_paragraphs(article.id)
            catalog.add_article(path, place, raws[article.raw], own, paragraphs)
    for key, link in links.items():
        if link != Link(catalog.ties.own_title(key)):
            catalog.ties.set_link(key, link)
