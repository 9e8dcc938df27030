// Two plots of the last two minutes, drawn as SVG: a library of plots would draw on a canvas, which
// knows neither the page's colours nor a screen reader, and would have to be fetched by each build.

import {duration} from './list.js';

const kSeconds = 120, kHeight = 110, kLeft = 44;

function shape(tag, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function nice(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= most);
}

export class Plots {
  constructor(rate, age) {
    this.seconds = new Map();  // of the last two minutes
    this.marks = [];           // when faults were switched
    this.rate = this.figure(rate, [['good', 'kept'], ['bad', 'all others'], ['mark', 'faults switched']]);
    this.age = this.figure(age, [['median', 'median'], ['worst', 'longest']]);
  }

  figure(root, keys) {
    const svg = shape('svg', {class: 'plot', role: 'img'});
    const caption = document.createElement('figcaption');
    const words = document.createElement('span');
    caption.append(words);
    for (const [className, text] of keys) {
      const key = document.createElement('span');
      key.className = `key ${className}`;
      key.textContent = text;
      caption.append(key);
    }
    root.replaceChildren(svg, caption);
    return {svg, words};
  }

  add(entry) {
    if (entry.kind === 'faults') {
      this.marks.push(entry.at);
      return;
    }
    const second = Math.floor(entry.at / 1000);
    const old = Math.floor(Date.now() / 1000) - kSeconds;
    if (second < old) return;
    if (!this.seconds.has(second)) this.seconds.set(second, {good: 0, bad: 0, ages: []});
    const bucket = this.seconds.get(second);
    entry.result === 'kept' ? ++bucket.good : ++bucket.bad;
    if (entry.age >= 0 && (entry.result === 'kept' || entry.result === 'lost')) bucket.ages.push(entry.age);
  }

  clear() {
    this.seconds.clear();
    this.marks = [];
  }

  draw() {
    const now = Math.floor(Date.now() / 1000);
    for (const second of this.seconds.keys()) if (second <= now - kSeconds) this.seconds.delete(second);
    this.marks = this.marks.filter((at) => at / 1000 > now - kSeconds);
    this.drawRate(now);
    this.drawAge(now);
  }

  // The empty plot, and where a second is in it.
  frame(svg, lines) {
    const width = Math.max(240, svg.clientWidth);
    svg.setAttribute('viewBox', `0 0 ${width} ${kHeight + 24}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.replaceChildren();
    for (const [y, text] of lines) {
      svg.append(shape('line', {class: 'grid', x1: kLeft, x2: width, y1: y, y2: y}),
        shape('text', {x: kLeft - 6, y: y + 4, 'text-anchor': 'end'}, text));
    }
    svg.append(shape('text', {x: kLeft, y: kHeight + 22}, '2 min ago'),
      shape('text', {x: width, y: kHeight + 22, 'text-anchor': 'end'}, 'now'));
    const step = (width - kLeft) / kSeconds;
    return {step, at: (second, now) => width - (now - second + 1) * step};
  }

  drawRate(now) {
    const {svg, words} = this.rate;
    const totals = [...this.seconds.values()].map((each) => each.good + each.bad);
    const top = nice(Math.max(5, ...totals));
    const y = (count) => 6 + (kHeight - 6) * (1 - count / top);
    const {step, at} = this.frame(svg, [[y(0), '0'], [y(top / 2), String(top / 2)], [y(top), String(top)]]);
    for (const [second, {good, bad}] of this.seconds) {
      const place = {x: at(second, now), width: Math.max(1, step - 0.5)};
      if (good) svg.append(shape('rect', {class: 'good', ...place, y: y(good), height: kHeight - y(good)}));
      if (bad) svg.append(shape('rect', {class: 'bad', ...place, y: y(good + bad), height: y(good) - y(good + bad)}));
    }
    for (const mark of this.marks) {
      const x = at(mark / 1000, now);
      svg.append(shape('line', {class: 'mark', x1: x, x2: x, y1: 0, y2: kHeight}));
    }
    const last = this.seconds.get(now - 1);
    words.textContent = `Now ${last ? last.good + last.bad : 0}, most ${Math.max(0, ...totals)}.`;
    svg.setAttribute('aria-label', `Requests per second in the last two minutes. ${words.textContent}`);
  }

  drawAge(now) {
    const {svg, words} = this.age;
    // From a millisecond to an hour, each power of ten as high as the next.
    const y = (ms) => 6 + (kHeight - 6) * (1 - Math.log10(Math.min(3.6e6, Math.max(1, ms))) / Math.log10(3.6e6));
    const lines = [1, 100, 1e4, 3.6e6].map((ms) => [y(ms), duration(ms)]);
    const {step, at} = this.frame(svg, lines);
    const points = {median: [], worst: []};
    for (const second of [...this.seconds.keys()].sort()) {
      const ages = this.seconds.get(second).ages.sort((a, b) => a - b);
      if (ages.length === 0) continue;
      const x = at(second, now) + step / 2;
      points.median.push([x, y(ages[ages.length >> 1])]);
      points.worst.push([x, y(ages[ages.length - 1])]);
    }
    for (const name of ['worst', 'median']) {
      svg.append(shape('polyline', {class: name, points: points[name].map((each) => each.join(',')).join(' ')}));
    }
    for (const [x, place] of points.median) svg.append(shape('circle', {class: 'dot', cx: x, cy: place, r: 2}));
    const all = [...this.seconds.values()].flatMap((each) => each.ages).sort((a, b) => a - b);
    words.textContent = all.length === 0 ? 'No event in two minutes.'
      : `Median ${duration(all[all.length >> 1])}, longest ${duration(all[all.length - 1])}.`;
    svg.setAttribute('aria-label', `Age of events at their arrival in the last two minutes. ${words.textContent}`);
  }
}
