// Draws the weekly chart from the table beside it; without this file the table is the picture.
"use strict";
for (const figure of document.querySelectorAll("figure.weekly")) {
  const table = figure.querySelector("table");
  const place = figure.querySelector(".drawing");
  const heads = [...table.querySelectorAll("th[data-country]")];
  const countries = heads.map((head) => head.dataset.country);
  const names = Object.fromEntries(heads.map((head) => [head.dataset.country, head.textContent]));
  const rows = [...table.tBodies[0].rows].flatMap((row) =>
    [...row.querySelectorAll("a")].map((link, number) => ({
      week: row.dataset.short,
      range: row.cells[0].textContent,
      country: countries[number],
      count: Number(link.dataset.count),
      shown: link.textContent,
      href: link.href,
    })),
  );
  const weeks = [...new Set(rows.map((row) => row.week))];
  const draw = () => {
    const width = place.clientWidth || 640;
    const every = Math.ceil(weeks.length / Math.max(2, Math.floor(width / 80)));
    const plot = Plot.plot({
      className: "weekly-plot",
      width,
      height: Math.min(280, Math.max(180, width / 3)),
      marginLeft: 44,
      marginBottom: 28,
      ariaLabel: figure.dataset.label,
      x: {
        domain: weeks,
        label: null,
        tickSize: 0,
        ticks: weeks.filter((_, number) => (weeks.length - 1 - number) % every === 0),
        paddingInner: 0.25,
      },
      y: { domain: [0, Number(figure.dataset.most)], label: null, grid: true, ticks: 5, tickFormat: (value) => (Number.isInteger(value) ? value.toLocaleString(document.documentElement.lang) : "") },
      color: { domain: countries, range: countries.map((country) => `var(--${country})`) },
      marks: [
        Plot.barY(rows.filter((row) => row.count), {
          x: "week",
          y: "count",
          fill: "country",
          href: "href",
          title: (row) => `${names[row.country]}, ${row.range}: ${row.shown}`,
          order: countries,
          ariaLabel: "bars",
        }),
        Plot.ruleY([0]),
      ],
    });
    place.replaceChildren(plot);
    // The table says the same to those who cannot see; one stop for the keyboard is enough for both.
    for (const link of plot.querySelectorAll("a")) link.setAttribute("tabindex", "-1");
    plot.setAttribute("aria-hidden", "true");
  };
  draw();
  let drawn = place.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - drawn) > 4) {
      drawn = place.clientWidth;
      draw();
    }
  }).observe(place);
}
