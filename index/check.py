"""Verifying a store, and mending what is safe to mend."""

import json
import shutil
import sqlite3
from pathlib import Path

from index.catalog import Catalog
from index.errors import StoreError, StoreMissing
from index.generation import Generation, damage, read_manifest
from index.publish import (
    CATALOG,
    CURRENT,
    current_generation,
    generations,
    set_current,
    writer_lock,
)
from index.store import republish


def check(folder: Path) -> list[str]:
    """Everything wrong with a store, one line a finding; an empty list means none.

    Raises:
        StoreMissing: there is no store.
    """
    if not (folder / CATALOG).exists() and not generations(folder):
        raise StoreMissing(f"there is no store in {folder}; check --store")
    return [*_catalog_findings(folder), *_generation_findings(folder), *_leftovers(folder)]


def repair(folder: Path) -> list[str]:
    """Sweep leftovers, quarantine bad generations, publish the catalogue; returns what was done.

    Raises:
        StoreError: the catalogue is damaged: then only building again helps.
    """
    done = []
    with writer_lock(folder):
        for draft in folder.glob(".draft-*"):
            shutil.rmtree(draft)
            done.append(f"removed {draft.name}, left by an interrupted run")
        bad = [n for n in generations(folder) if damage(folder / f"gen-{n}")]
        number = republish(folder)
        done.extend(f"moved gen-{n} to quarantine" for n in bad)
        if current_generation(folder) != number:
            set_current(folder, number)
            done.append(f"{CURRENT} names gen-{number}")
        done.append(f"generation {number} holds the catalogue's state")
    return done


def _catalog_findings(folder: Path) -> list[str]:
    path = folder / CATALOG
    if not path.exists():
        return [f"{path} is missing: articles can be searched, but not added or removed"]
    try:
        catalog = Catalog(path)
    except StoreError as error:
        return [str(error)]
    try:
        found = [f"{path}: {problem}" for problem in catalog.problems()]
        return found or _behind(folder, catalog)
    except sqlite3.DatabaseError as error:
        return [f"{path} is damaged ({error}); build the store again from the articles"]
    finally:
        catalog.close()


def _behind(folder: Path, catalog: Catalog) -> list[str]:
    """Whether the current generation lacks what the catalogue holds."""
    number = current_generation(folder)
    try:
        manifest = read_manifest(folder / f"gen-{number}")
    except StoreError:
        return []  # reported by the generations
    made = json.loads(catalog.meta("fingerprint") or "{}")
    if catalog.counts() != (manifest.articles, manifest.paragraphs) or made != manifest.fingerprint:
        return [f"gen-{number} is behind the catalogue: a run stopped before it published"]
    return []


def _generation_findings(folder: Path) -> list[str]:
    found = []
    for number in generations(folder):
        try:
            Generation(folder / f"gen-{number}")
        except StoreError as error:
            found.append(str(error))
    current = current_generation(folder)
    if current not in generations(folder):
        found.append(f"{folder / CURRENT} names no generation that is there")
    return found


def _leftovers(folder: Path) -> list[str]:
    return [f"{draft} was left by an interrupted run" for draft in folder.glob(".draft-*")]
