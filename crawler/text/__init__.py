"""Vietnamese text: normal form, folding, language and dates. No HTML, no articles."""
