/* Runs in the page of a browser: what a person would see with a ruler. */
globalThis.pageChecks = {
  openAll() {
    for (const details of document.querySelectorAll('details')) details.open = true;
  },

  /** Everything that sticks out of the page, but for what scrolls by itself. */
  overflow() {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) =>
        !element.closest('.wide, pre, .skip, svg') &&
        getComputedStyle(element).position !== 'absolute' &&
        element.getBoundingClientRect().right > clientWidth + 1,
    );
    return [
      ...(scrollWidth > clientWidth ? [`the page: ${scrollWidth} of ${clientWidth}`] : []),
      ...wide.map((element) => `${element.tagName} ${element.className}`),
    ];
  },

  /** Pairs of texts in one drawing of which one covers the other, as they are really drawn, and those outside of it. */
  untidyText() {
    const covers = (one, other) =>
      one.left < other.right - 1 &&
      other.left < one.right - 1 &&
      one.top < other.bottom &&
      other.top < one.bottom;
    return [...document.querySelectorAll('svg.chart')]
      .filter((svg) => svg.getBoundingClientRect().width > 0)
      .flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map((text) => {
          const { left, right, top, bottom, height } = text.getBoundingClientRect();
          // Boxes are as high as lines; the letters are not.
          return {
            text: text.textContent,
            left,
            right,
            top: top + height * 0.2,
            bottom: bottom - height * 0.2,
          };
        });
        return texts.flatMap((one, index) => [
          ...(one.left < frame.left - 1 || one.right > frame.right + 1 || one.bottom > frame.bottom + 1
            ? [`outside: ${one.text}`]
            : []),
          ...texts
            .slice(index + 1)
            .filter((other) => covers(one, other))
            .map((other) => `${one.text} / ${other.text}`),
        ]);
      });
  },
};
