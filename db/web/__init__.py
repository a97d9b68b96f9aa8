"""The web pages: a Datasette plugin that shows the collection and never writes to it.

One request is one function that reads within one transaction and fills one template. What is asked of
the database beyond these pages' own questions stands in the rooms below; HTML stands in templates/.
"""
