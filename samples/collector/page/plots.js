// Two plots of the last two minutes, drawn by uPlot; their numbers are there as text, too, and alone
// where the build had no uPlot.

import {duration, element} from './list.js';

const kSeconds = 120, kHeight = 144;
const kTimes = Array.from({length: kSeconds}, (_, i) => i - kSeconds);  // each second's beginning

// Asked for at each drawing, so that a plot follows the page's theme.
const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

const axis = (more) => ({stroke: colour('quiet'), font: '11px system-ui, sans-serif', gap: 4,
  grid: {stroke: colour('line'), width: 1}, ticks: {show: false}, ...more});

// One plot, and its numbers. `keys` are the class and the name of each thing that is drawn.
class Figure {
  constructor(root, title, keys, {series, y, scale, hooks = {}}) {
    this.title = title;
    this.words = element('span');
    const caption = element('figcaption');
    caption.append(this.words);
    root.replaceChildren(caption);
    if (!globalThis.uPlot) return;
    caption.append(...keys.map(([className, text]) => element('span', `key ${className}`, text)));
    const size = () => ({width: root.clientWidth, height: kHeight});
    const times = {splits: () => [-120, -90, -60, -30, 0], size: 28, gap: 9, grid: {show: false},
      values: () => ['2 min ago', '90 s', '60 s', '30 s', 'now']};
    this.plot = new uPlot({...size(), series: [{}, ...series], hooks, legend: {show: false}, cursor: {show: false},
      padding: [8, 16, 0, 0], axes: [axis(times), axis({size: 50, ...y})],
      scales: {x: {time: false, range: [-kSeconds, 0]}, y: scale}}, null, (plot, draw) => {
      root.prepend(plot.root);
      draw();
    });
    this.plot.root.setAttribute('role', 'img');
    new ResizeObserver(() => this.plot.setSize(size())).observe(root);
  }

  show(words, ...data) {
    this.words.textContent = words;
    this.plot?.root.setAttribute('aria-label', `${this.title} in the last two minutes. ${words}`);
    this.plot?.setData([kTimes, ...data]);
  }
}

export class Plots {
  constructor(rate, age) {
    this.clear();
    const bars = (name) => ({fill: colour(name), width: 0, points: {show: false},
      paths: globalThis.uPlot?.paths.bars({size: [0.9, 100], align: 1})});
    this.rate = new Figure(rate, 'Requests per second',
      [['good', 'kept'], ['bad', 'all others'], ['mark', 'faults switched']],
      {series: [bars('bad'), bars('good')], scale: {range: (_, least, most) => [0, Math.max(5, most)]},
        y: {incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]},
        hooks: {draw: [(plot) => this.drawMarks(plot)]}});
    const line = (name, width, dash) => ({stroke: colour(name), width, dash, spanGaps: true,
      points: {show: true, size: 2 + 2 * width, width: 0, fill: colour(name)}});
    // From a millisecond to an hour, each power of ten as high as the next.
    this.age = new Figure(age, 'Age of events at their arrival', [['median', 'median'], ['worst', 'longest']],
      {series: [line('warn', 1, [3, 2]), line('accent', 2)],
      scale: {distr: 3, range: [1, 3.6e6]},
      y: {splits: () => [1, 100, 1e4, 3.6e6], filter: (_, splits) => splits,
        values: (_, splits) => splits.map(duration)}});
  }

  add(entry) {
    if (entry.kind === 'faults') {
      this.marks.push(entry.at);
      return;
    }
    const second = Math.floor(entry.at / 1000);
    const old = Math.floor(Date.now() / 1000) - kSeconds;
    if (second < old) return;
    if (!this.seconds.has(second)) this.seconds.set(second, {good: 0, all: 0, ages: []});
    const bucket = this.seconds.get(second);
    ++bucket.all;
    if (entry.result === 'kept') ++bucket.good;
    if (entry.age >= 0 && (entry.result === 'kept' || entry.result === 'lost')) bucket.ages.push(entry.age);
  }

  clear() {
    this.seconds = new Map();  // of the last two minutes
    this.marks = [];           // when faults were switched
  }

  draw() {
    this.end = Math.floor(Date.now() / 1000) + 1;
    for (const second of this.seconds.keys()) if (second < this.end - kSeconds) this.seconds.delete(second);
    this.marks = this.marks.filter((at) => at / 1000 > this.end - kSeconds);
    const each = kTimes.map((time) => this.seconds.get(this.end + time));
    const all = each.map((second) => second?.all ?? 0);
    this.rate.show(`Now ${all[kSeconds - 2]}, most ${Math.max(...all)}.`, all, each.map((second) => second?.good ?? 0));

    const sorted = (ages) => ages.sort((a, b) => a - b);
    const at = (ages, part) => ages[Math.min(ages.length - 1, Math.floor(ages.length * part))];
    const inView = (ms) => Math.min(3.6e6, Math.max(1, ms));
    for (const second of this.seconds.values()) sorted(second.ages);
    const ages = (part) => each.map((second) => second?.ages.length > 0 ? inView(at(second.ages, part)) : null);
    const total = sorted(each.flatMap((second) => second?.ages ?? []));
    const told = (part) => duration(at(total, part));
    this.age.show(total.length === 0 ? 'No event in two minutes.'
      : `Median ${told(0.5)}, 95 % within ${told(0.95)}, longest ${told(1)}.`, ages(1), ages(0.5));
  }

  drawMarks({ctx, bbox, valToPos}) {
    ctx.save();
    Object.assign(ctx, {strokeStyle: colour('mark')(), lineWidth: 2 * devicePixelRatio});
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    for (const mark of this.marks) {
      const x = valToPos(mark / 1000 - this.end, 'x', true);
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
    }
    ctx.stroke();
    ctx.restore();
  }
}
