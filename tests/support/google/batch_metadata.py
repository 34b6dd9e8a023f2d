"""Requests on developer metadata."""

from tests.support.google import filters
from tests.support.google.change import Change
from tests.support.google.errors import Json


def create(change: Change, asked: Json) -> Json:
    mark = filters.create(change.book, asked.get("developerMetadata") or {}, change.project)
    return {"developerMetadata": filters.described(change.book, mark)}


def update(change: Change, asked: Json) -> Json:
    book = change.book
    changed = filters.update(
        book,
        asked.get("dataFilters") or [],
        asked.get("developerMetadata") or {},
        asked.get("fields"),
        change.project,
    )
    return {"developerMetadata": [filters.described(book, mark) for mark in changed]} if changed else {}


def delete(change: Change, asked: Json) -> Json:
    book = change.book
    found = filters.matching(book, [asked.get("dataFilter") or {}], change.project)
    told = [filters.described(book, mark) for mark in found]
    for mark in found:
        del book.marks[mark.id]
    return {"deletedDeveloperMetadata": told} if told else {}
