// The list of requests. Ten thousand are kept, and only those in view are in the document. All text
// from outside becomes text nodes: nothing here is ever parsed as HTML.

const kResults = {
  kept: 'kept', lost: 'answer lost', refused: 'refused', fault: 'fault', closed: 'closed',
  upstream: 'upstream refused', faults: 'switched',
};

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function duration(ms) {
  if (ms === undefined || Number.isNaN(ms)) return '–';
  if (ms < 0) return 'future';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const units = [[86400e3, 'd'], [3600e3, 'h'], [60e3, 'min'], [1e3, 's']];
  const [size, name] = units.find(([each]) => ms >= each);
  const value = ms / size;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${name}`;
}

const pad = (number, digits) => String(number).padStart(digits, '0');

export function clock(at) {
  const time = new Date(at);
  return `${pad(time.getHours(), 2)}:${pad(time.getMinutes(), 2)}:${pad(time.getSeconds(), 2)}.` +
    pad(time.getMilliseconds(), 3);
}

function readable(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;  // it was shortened
  }
}

function plain(json) {
  try {
    const value = JSON.parse(json);
    return typeof value === 'string' ? value : json;
  } catch {
    return json;
  }
}

export function resultOf(entry) {
  const words = kResults[entry.kind === 'faults' ? 'faults' : entry.result] ?? '';
  if (entry.duplicate) return 'duplicate';
  return entry.status > 0 && entry.result !== 'kept' ? `${entry.status} ${words}` : words;
}

export function whoOf(entry) {
  return entry.key === undefined ? '' : `${entry.key}=${plain(entry.value ?? '')}`;
}

function lastCell(entry) {
  if (entry.kind === 'faults') return JSON.stringify(entry.faults);
  if (entry.upstream && entry.result === 'upstream') return entry.upstream.words ?? '';
  if (entry.result === 'refused') return `${entry.words}: ${entry.path}`;
  return entry.props ?? entry.words ?? entry.path ?? '';
}

const kDetails = [
  ['Result', resultOf], ['Said', (e) => e.words], ['Code', (e) => e.code],
  ['Name', (e) => e.name], ['Identifier', whoOf], ['Props', (e) => e.props && readable(e.props)],
  ['Tracked', (e) => e.stamp], ['Arrived', (e) => new Date(e.at).toISOString()],
  ['Age', (e) => e.age !== undefined ? duration(e.age) : undefined],
  ['Answered after', (e) => e.took_us !== undefined ? `${(e.took_us / 1000).toFixed(1)} ms` : undefined],
  ['Event id', (e) => e.event_id], ['Path', (e) => e.path],
  ['Body', (e) => e.body && readable(e.body)],
  ['Upstream', (e) => e.upstream && (e.upstream.status
    ? `${e.upstream.status} after ${(e.upstream.took_us / 1000).toFixed(1)} ms` : 'no answer')],
  ['Upstream said', (e) => e.upstream && readable(e.upstream.words ?? '')],
  ['Faults', (e) => e.faults && JSON.stringify(e.faults, null, 2)],
];

export class List {
  constructor(root, most) {
    this.most = most;
    this.all = [];    // oldest first
    this.shown = [];  // those that are wanted, oldest first
    this.wanted = () => true;
    this.active = null;
    this.pressed = null;
    this.lines = new Map();  // in the document: entry to element
    this.root = root;
    this.space = root.querySelector('.space');
    this.rows = root.querySelector('[role=rowgroup]');
    this.head = root.querySelector('.head');
    root.addEventListener('scroll', () => this.draw());
    root.addEventListener('keydown', (event) => this.key(event));
    // What moves between the press and the release of a button is not meant.
    root.addEventListener('pointerdown', (event) => { this.pressed = this.under(event); });
    root.addEventListener('click', (event) => this.click(event));
    root.addEventListener('focus', () => this.active ?? this.move(0));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  add(entries) {
    this.all.push(...entries);
    const fit = entries.filter(this.wanted);
    this.shown.push(...fit);
    const late = this.all.length - this.most;
    if (late > 0) {
      const gone = new Set(this.all.splice(0, late));
      const stay = this.shown.findIndex((each) => !gone.has(each));
      this.shown.splice(0, stay < 0 ? this.shown.length : stay);
    }
    // Whoever reads further down keeps the place.
    if (this.root.scrollTop > 0) this.root.scrollTop += fit.length * this.height();
  }

  clear() {
    this.all = [];
    this.shown = [];
    this.active = null;
    this.root.scrollTop = 0;
  }

  filter(wanted) {
    this.wanted = wanted;
    this.shown = this.all.filter(wanted);
    this.root.scrollTop = 0;
    this.draw();
  }

  height() {
    const style = getComputedStyle(document.documentElement);
    return parseFloat(style.getPropertyValue('--row')) * parseFloat(style.fontSize);
  }

  entry(row) { return this.shown[this.shown.length - 1 - row]; }

  row(entry) {
    const index = this.shown.lastIndexOf(entry);
    return index < 0 ? -1 : this.shown.length - 1 - index;
  }

  draw() {
    const height = this.height();
    const first = Math.max(0, Math.floor(this.root.scrollTop / height) - 4);
    const count = Math.ceil(this.root.clientHeight / height) + 8;
    const last = Math.min(this.shown.length, first + count);
    this.space.style.height = `${this.shown.length * height}px`;
    this.rows.style.transform = `translateY(${first * height}px)`;
    this.root.setAttribute('aria-rowcount', this.shown.length + 1);
    // A line that stays is the same element, so that whoever reads it is not interrupted.
    const lines = new Map();
    for (let row = first; row < last; ++row) {
      const entry = this.entry(row);
      const line = this.lines.get(entry) ?? this.line(entry);
      line.setAttribute('aria-rowindex', row + 2);
      line.classList.toggle('active', entry === this.active);
      line.setAttribute('aria-selected', String(entry === this.active));
      lines.set(entry, line);
    }
    for (const [entry, line] of this.lines) if (!lines.has(entry)) line.remove();
    let next = this.rows.firstChild;
    for (const line of lines.values()) {
      if (line === next) next = next.nextSibling;
      else this.rows.insertBefore(line, next);
    }
    this.lines = lines;
    if (this.active) this.root.setAttribute('aria-activedescendant', `n${this.active.n}`);
    else this.root.removeAttribute('aria-activedescendant');
  }

  line(entry) {
    const line = element('div', 'line');
    line.id = `n${entry.n}`;
    line.setAttribute('role', 'row');
    if (entry.kind === 'faults') line.classList.add('plug');
    const cells = [['time', clock(entry.at)], [`badge ${entry.duplicate ? 'twice' : entry.result ?? ''}`,
      resultOf(entry)], ['name', entry.name ?? ''], ['who', whoOf(entry)],
      ['age', entry.age === undefined ? '' : duration(entry.age)], ['code', lastCell(entry)]];
    for (const [className, text] of cells) {
      const cell = element('span', className, text.slice(0, 300));
      cell.setAttribute('role', 'gridcell');
      line.append(cell);
    }
    return line;
  }

  under(event) {
    const line = event.target.closest('.line:not(.head)');
    return line && this.shown.find((each) => `n${each.n}` === line.id);
  }

  click(event) {
    const entry = this.pressed ?? this.under(event);  // a reader's click has no press
    this.pressed = null;
    if (!entry) return;
    this.active = entry;
    this.draw();
    this.open();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.height()) - 1);
    const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
      Home: -Infinity, End: Infinity};
    if (event.key === 'Enter' || event.key === ' ') this.open();
    else if (event.key in steps) this.move(this.row(this.active) + steps[event.key]);
    else return;
    event.preventDefault();
  }

  move(row) {
    if (this.shown.length === 0) return;
    const to = Math.min(this.shown.length - 1, Math.max(0, row));
    this.active = this.entry(to);
    const height = this.height();
    const top = to * height;
    const room = this.root.clientHeight - this.head.offsetHeight - height;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    if (top > this.root.scrollTop + room) this.root.scrollTop = top - room;
    this.draw();
  }

  open() {
    if (!this.active) return;
    const list = document.getElementById('details-list');
    list.replaceChildren();
    for (const [label, read] of kDetails) {
      const text = read(this.active);
      if (text) list.append(element('dt', '', label), element('dd', '', text));
    }
    document.getElementById('details').showModal();
  }
}
