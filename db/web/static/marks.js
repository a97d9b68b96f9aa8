// Which articles a reader has read or starred: kept in this browser alone, and never sent.
// Without this file, or without storage, there are no marks and no buttons for them.
"use strict";
{
  const NAME = "biengioi.marks";
  const MOST_READ = 5000;

  const load = () => {
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(NAME)) ?? {};
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const keys = (list) => new Set(Array.isArray(list) ? list.filter((key) => typeof key === "string") : []);
    return { read: keys(kept.read), starred: keys(kept.starred) };
  };

  const save = (marks) => {
    const kept = { read: [...marks.read].slice(-MOST_READ), starred: [...marks.starred] };
    localStorage.setItem(NAME, JSON.stringify(kept));
  };

  const articles = [...document.querySelectorAll("[data-article]")];
  const filter = document.querySelector(".marks");
  let shown = "all";

  const isShown = (key, marks) =>
    shown === "all" || (shown === "starred" ? marks.starred.has(key) : !marks.read.has(key));

  const draw = () => {
    const marks = load();
    for (const article of articles) {
      for (const [kind, keys] of Object.entries(marks)) {
        const has = keys.has(article.dataset.article);
        article.classList.toggle(kind, has);
        for (const button of article.querySelectorAll(`button[data-mark=${kind}]`)) {
          button.setAttribute("aria-pressed", String(has));
        }
        for (const note of article.querySelectorAll(`[data-note=${kind}]`)) note.hidden = !has;
      }
    }
  };

  // What is chosen stays in place while its marks are changed, so that nobody's focus is lost.
  const choose = (which) => {
    shown = which;
    const marks = load();
    const cards = articles.filter((article) => article.classList.contains("card"));
    for (const card of cards) card.hidden = !isShown(card.dataset.article, marks);
    for (const button of filter.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === which));
    }
    const told = filter.querySelector("output");
    const count = cards.filter((card) => !card.hidden).length;
    told.textContent =
      which === "all" ? "" : told.dataset.words.replace("{n}", count).replace("{all}", cards.length);
  };

  const toggle = (kind, key) => {
    const marks = load(); // another page may have changed them
    if (!marks[kind].delete(key)) marks[kind].add(key);
    save(marks);
    draw();
  };

  const begin = () => {
    for (const article of articles) {
      for (const button of article.querySelectorAll("button[data-mark]")) {
        button.hidden = false;
        button.addEventListener("click", () => toggle(button.dataset.mark, article.dataset.article));
      }
      if (!article.classList.contains("story")) continue;
      const marks = load();
      marks.read.add(article.dataset.article);
      save(marks);
    }
    if (filter && articles.length) {
      filter.hidden = false;
      for (const button of filter.querySelectorAll("button")) {
        button.addEventListener("click", () => choose(button.dataset.show));
      }
    }
    draw();
    addEventListener("storage", (event) => event.key === NAME && draw());
    addEventListener("pageshow", (event) => event.persisted && draw());
  };

  try {
    load();
    begin();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is switched off, or full
  }
}
