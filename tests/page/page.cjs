// The collector's page, in a headless Chromium: 
//   node page.cjs FOLDER-OF-PROGRAMS COLLECTOR-WITHOUT-PLOTS FOLDER-FOR-PICTURES [WORD-OF-A-TEST]
'use strict';
const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const [programs, plain, pictures, only] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
const children = new Set();

function start(program, args, environment = {}) {
  const child = spawn(path.resolve(programs, program), args,
    {env: {...process.env, ...environment}, stdio: ['pipe', 'pipe', 'inherit']});
  children.add(child);
  child.ended = new Promise((done) => child.on('exit', (code) => {
    children.delete(child);
    done(code);
  }));
  return child;
}

function listening(child) {
  return new Promise((done) => child.stdout.on('data', (text) => {
    child.url = String(text).trim().split(' ').pop();
    done(child);
  }));
}
const collector = (...args) => listening(start('embeddables-collector', ['--quiet', '--port', '0', ...args]));

// --- What an agent does, by hand: one request.
const connections = new http.Agent({keepAlive: true, maxSockets: 8});

function event(fields = {}) {
  return {embeddable_id: 'flow_test', timestamp: new Date().toISOString(),
    custom_event_name: 'level_complete', custom_event_props: JSON.stringify({level: 3}),
    identifiers: [{key: 'email', value: JSON.stringify('a@b.c')}], ...fields};
}

function post(url, body, options = {}) {
  return new Promise((done) => {
    const request = http.request(`${url}/projects/pr_test/events`, {method: 'POST', agent: connections,
      headers: {'Content-Type': 'application/json', 'X-Api-Key': 'rk_test', ...options.headers}}, (answer) => {
      let text = '';
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => done({status: answer.statusCode, headers: answer.headers, body: text}));
      answer.on('error', () => done({status: 0}));
    });
    request.on('error', () => done({status: 0}));
    request.end(JSON.stringify(body));
  });
}

const get = (url) => new Promise((done, failed) => http.get(url, (answer) => {
  let text = '';
  answer.on('data', (piece) => { text += piece; });
  answer.on('end', () => done(text));
}).on('error', failed));

async function until(what, test, ms = 10000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in ${ms} ms: ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

// Events that have a number, at most `rate` of them a second.
async function feed(events, rate = Infinity) {
  const begin = Date.now();
  let sent = 0;
  const line = async () => {
    while (sent < events) {
      const late = begin + sent * 1000 / rate - Date.now();
      if (late > 0) {
        await new Promise((go) => setTimeout(go, late));
        continue;
      }
      const left = events - ++sent;
      await post(server.url, event({custom_event_props: JSON.stringify({left})}));
    }
  };
  await Promise.all(Array.from({length: 8}, line));
}

// How long each frame of the page took meanwhile, in ms: the shortest first.
async function frameTimes(page, meanwhile) {
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const each = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(each);
    };
    requestAnimationFrame(each);
  });
  await meanwhile();
  return (await page.evaluate(() => window.frames_)).sort((a, b) => a - b);
}

let browser, server, page;
const complaints = [];

async function open(url, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, acceptDownloads: true, ...options});
  const made = await context.newPage();
  made.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  made.on('pageerror', (error) => complaints.push(String(error)));
  made.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asks elsewhere: ${request.url()}`);
  });
  await made.goto(url);
  await made.locator('#connection.good').waitFor();
  return made;
}

const count = async (id, on = page) => Number((await on.locator(`#count-${id}`).textContent()).replaceAll(',', ''));
const rows = (on = page) => on.locator('#rows .line');
const reset = async () => {
  await page.locator('#forget').click();
  await until('nothing is left', async () => await count('events') === 0 && await rows().count() === 0);
};

const tests = {
  async 'an event appears within a second'() {
    await post(server.url, event({custom_event_name: 'first_door'}));
    const begin = Date.now();
    await page.getByText('first_door').first().waitFor({timeout: 1000});
    console.log(`[figure] event shown after=${Date.now() - begin} ms`);
    const line = await rows().first().innerText();
    for (const part of ['kept', 'first_door', 'email=a@b.c', '{"level":3}', 'ms']) assert.ok(line.includes(part), line);
    assert.match(await page.locator('#names').innerText(), /first_door\s+1/);
    assert.match(await page.locator('#answers').innerText(), /200\s+1/);
    assert.notEqual(await page.locator('#count-age').textContent(), '–');
  },

  async 'a refused request appears with the rule that it broke'() {
    await post(server.url, event({custom_event_name: 'Not Snake'}));
    await until('it is shown', async () => (await rows().first().innerText()).includes('snake_case'));
    assert.equal(await count('refused'), 1);
    assert.match(await rows().first().innerText(), /400 refused/);
    await page.locator('#only').selectOption('refused');
    assert.equal(await rows().count(), 1);
    await page.locator('#only').selectOption('');
  },

  async 'duplicates are counted and shown'() {
    const twice = event({custom_event_props: '{"event_id":"same"}'});
    await post(server.url, twice);
    await post(server.url, twice);
    await until('one is counted', async () => await count('duplicates') === 1);
    await page.locator('#only').selectOption('duplicate');
    await until('one is shown', async () => await rows().count() === 1);
    await page.locator('#only').selectOption('');
  },

  async 'each switch does what it says'() {
    const answers = {
      Down: (a) => a.status === 0,
      Slow: (a) => a.status === 200 && a.ms >= 2000,
      '429 with Retry-After': (a) => a.status === 429 && a.headers['retry-after'] === '5',
      '503': (a) => a.status === 503,
      Portal: (a) => a.status === 200 && a.body.includes('<html>'),
      '401': (a) => a.status === 401,
      'Unknown user': (a) => a.status === 404 && a.body.includes('ENTRY_NOT_FOUND'),
    };
    const toggle = async (name, to) => {
      const made = page.getByRole('switch', {name});
      await made.click();
      await until(`${name} is ${to}`, async () => await made.getAttribute('aria-checked') === String(to));
    };
    for (const [name, right] of Object.entries(answers)) {
      await toggle(name, true);
      const begin = Date.now();
      const answer = await post(server.url, event());
      assert.ok(right({...answer, ms: Date.now() - begin}), `${name}: ${JSON.stringify(answer)}`);
      await toggle(name, false);
      assert.equal((await post(server.url, event())).status, 200, name);
    }
    await reset();
    await toggle('Broken connections', true);
    const all = [];
    for (let i = 0; i < 40; ++i) all.push((await post(server.url, event())).status);
    assert.ok(all.includes(0) && all.includes(200), String(all));
    await until('all were kept', async () => await count('events') === 40);
    assert.equal(await count('closed'), all.filter((each) => each === 0).length);
    assert.match(await page.locator('#rows').innerText(), /answer lost/);
    await page.locator('#calm').click();
    await until('all off', async () => await page.locator('[role=switch][aria-checked=true]').count() === 0);
  },

  async 'a switch shows what somebody else has set, and keeps it'() {
    const set = (body) => fetch(`${server.url}/_faults`, {method: 'POST', body: JSON.stringify(body)});
    await set({portal: true, by_event: {bad: 500}});
    const portal = page.getByRole('switch', {name: 'Portal'});
    await until('it is on', async () => await portal.getAttribute('aria-checked') === 'true');
    await portal.click();
    await until('only the other one is left', async () => await get(`${server.url}/_faults`) === '{"by_event":{"bad":500}}\n');
    await set({down_s: 1});
    const down = page.getByRole('switch', {name: 'Down'});
    await until('down', async () => await down.getAttribute('aria-checked') === 'true');
    await until('up again by itself', async () => await down.getAttribute('aria-checked') === 'false');
  },

  async 'an agent copes: the plug is pulled, and every event arrives'() {
    await reset();
    await page.getByRole('switch', {name: 'Down'}).click();
    const agent = start('embeddables-agent', ['track', '--stdin', '--timeout', '60'], {
      EMBEDDABLES_STORE: path.join(work, 'events.db'), EMBEDDABLES_BASE_URL: server.url,
      EMBEDDABLES_PROJECT: 'pr_test', EMBEDDABLES_EMBEDDABLE: 'flow_test',
      EMBEDDABLES_API_KEY: 'rk_test', EMBEDDABLES_IDENTIFIER: 'email=a@b.c'});
    for (let i = 0; i < 200; ++i) agent.stdin.write(`${JSON.stringify({name: 'level_complete', props: {level: i}})}\n`);
    agent.stdin.end();
    await until('it tried', async () => await count('closed') > 0);
    assert.equal(await count('events'), 0);
    await page.getByRole('switch', {name: 'Down'}).click();
    await until('every event is there', async () => await count('events') === 200, 60000);
    assert.equal(await agent.ended, 0);
    await until('the plot has them', async () => /most [1-9]/.test(await page.locator('#rate [role=img]').getAttribute('aria-label')));
    await until('their ages, too', async () => /Median/.test(await page.locator('#age [role=img]').getAttribute('aria-label')));
  },

  async 'the plots are drawn, in the colours of the theme and as wide as there is room'() {
    await reset();
    for (let i = 0; i < 20; ++i) {
      await post(server.url, event({timestamp: new Date(Date.now() - 50 * i).toISOString()}));
      await post(server.url, event({custom_event_name: 'Wrong'}));
    }
    await page.getByRole('switch', {name: '503'}).click();
    await page.getByRole('switch', {name: '503'}).click();
    // How many pixels of a plot have the colour that the page's styles give to a name.
    const pixels = (id, name) => page.evaluate(([id, name]) => {
      const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      const wanted = [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16));
      const canvas = document.querySelector(`#${id} canvas`);
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 0 && wanted.every((part, at) => Math.abs(data[i + at] - part) < 3)) ++found;
      }
      return found;
    }, [id, name]);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme});
      for (const [id, name] of [['rate', 'good'], ['rate', 'bad'], ['rate', 'mark'], ['rate', 'quiet'], ['age', 'accent'],
        ['age', 'warn']]) {
        await until(`${id} has ${name} in the ${colorScheme} theme`, async () => await pixels(id, name) > 5);
      }
    }
    for (const width of [320, 1280]) {
      await page.setViewportSize({width, height: 900});
      await until(`the plots fit at ${width}`, () => page.evaluate(() => ['rate', 'age'].every((id) => {
        const place = document.getElementById(id);
        return place.clientWidth > 200 && place.querySelector('.uplot').offsetWidth === place.clientWidth;
      })));
    }
    await page.emulateMedia({colorScheme: 'light'});
  },

  async 'a page that was built without plots has their numbers'() {
    const other = await listening(start(plain, ['--quiet', '--port', '0']));
    const shown = await open(other.url);
    assert.equal(await get(`${other.url}/_page/uplot.js`), '');
    for (let i = 0; i < 3; ++i) await post(other.url, event());
    await until('its numbers', async () => /most [1-3]\./.test(await shown.locator('#rate').innerText()) &&
      /Median .*, 95 % within .*, longest .*ms\./.test(await shown.locator('#age').innerText()));
    assert.equal(await count('events', shown), 3);
    assert.equal(await shown.locator('canvas, .uplot, .key, #rate [role=img]').count(), 0);
    assert.ok(await shown.locator('#rate').evaluate((place) => place.offsetHeight) < 60, 'their place is left out');
    for (const colorScheme of ['light', 'dark']) {
      await shown.emulateMedia({colorScheme});
      await shown.screenshot({path: path.join(pictures, `without-plots-${colorScheme}.png`), fullPage: true});
    }
    await shown.locator('#theme').click();
    await shown.context().close();
    other.kill('SIGTERM');
    await other.ended;
  },

  async 'all text is text'() {
    const bad = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">';
    await post(server.url, event({custom_event_name: bad}));
    await post(server.url, event({custom_event_props: JSON.stringify({[bad]: bad, event_id: bad}),
      identifiers: [{key: bad, value: JSON.stringify(bad)}]}));
    await until('both are shown', async () => (await rows().allInnerTexts()).slice(0, 2)
      .every((text) => text.includes('<script>')));
    for (const row of [0, 1]) {
      await rows().nth(row).click();
      const told = await page.locator('#details').innerText();
      assert.ok(told.includes('<script>window.hacked=1</script><img'), told);
      assert.equal(await page.locator('#details script, #details img').count(), 0);
      await page.keyboard.press('Escape');
    }
    // The words of the server behind --proxy, too.
    const upstream = http.createServer((request, answer) => {
      request.resume();
      answer.writeHead(500, {'Content-Type': 'text/html'});
      answer.end(bad);
    });
    await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
    const proxy = await collector('--proxy', `http://127.0.0.1:${upstream.address().port}`);
    const other = await open(proxy.url);
    assert.equal((await post(proxy.url, event())).status, 500);
    await until('it is shown', async () => (await rows(other).first().innerText()).includes('<script>'));
    await rows(other).first().click();
    const both = await other.locator('#details').innerText();
    assert.ok(both.includes('500 upstream refused') && both.includes(bad), both);
    for (const each of [page, other]) {
      assert.equal(await each.locator('main script, main img').count(), 0);
      assert.equal(await each.evaluate(() => window.hacked), undefined);
    }
    await other.context().close();
    proxy.kill();
    upstream.close();
  },

  async 'all of it by keyboard, and with names for a screen reader'() {
    for (let i = 0; i < 3; ++i) await post(server.url, event());
    await page.reload();  // as one who has just come
    await page.locator('#connection.good').waitFor();
    await rows().first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    const focus = () => page.evaluate(() => document.activeElement.id);
    for (let i = 0; i < 10 && await focus() !== 'list'; ++i) await page.keyboard.press('Tab');
    assert.equal(await focus(), 'list');
    const active = () => page.locator('#list').getAttribute('aria-activedescendant');
    const first = await active();
    await page.keyboard.press('ArrowDown');
    assert.notEqual(await active(), first);
    assert.equal(await page.locator('#rows [aria-selected=true]').getAttribute('id'), await active());
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    assert.equal(await active(), first);
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('#details').isVisible());
    await page.keyboard.press('Escape');
    assert.ok(!await page.locator('#details').isVisible());
    assert.equal(await focus(), 'list');
    await page.getByRole('switch', {name: 'Portal'}).focus();
    await page.keyboard.press('Space');
    await until('it is on', async () => await get(`${server.url}/_faults`) === '{"portal":true}\n');
    await page.keyboard.press('Enter');
    await until('it is off', async () => await get(`${server.url}/_faults`) === '{}\n');
    await until('the page says so', async () => /switched\s*\{\}/.test(await rows().first().textContent()));
    // Faster than the answers.
    const switched = async () => (await page.locator('#rows').textContent()).split('switched').length;
    const before = await switched();
    await page.evaluate(() => { for (let i = 0; i < 2; ++i) document.activeElement.click(); });
    await until('both were set', async () => await switched() === before + 2);
    assert.equal(await get(`${server.url}/_faults`), '{}\n');
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a, input, select, svg, [role=img], [role=grid]')]
      .filter((each) => !(each.textContent.trim() || each.getAttribute('aria-label') || each.labels?.length ||
        each.getAttribute('aria-labelledby'))).map((each) => each.outerHTML));
    assert.deepEqual(nameless, []);
    assert.equal(await page.getByRole('switch').count(), 8);
    assert.equal(await page.getByRole('grid', {name: 'Requests'}).count(), 1);
  },

  async 'the pause holds the list, and nothing is lost'() {
    await reset();
    await page.locator('#pause').click();
    await post(server.url, event());
    await until('it waits', async () => (await page.locator('#shown').textContent()).includes('1 wait'));
    assert.equal(await rows().count(), 0);
    await page.locator('#pause').click();
    await until('it is shown', async () => await rows().count() === 1);
  },

  async 'ten thousand events stay smooth'() {
    await reset();
    await post(server.url, event({custom_event_name: 'Not Snake'}));
    // A thousand a second are far more than one device sends. As fast as it goes would be a race of
    // this test against the browser for the cores: that comes after, and no frame counts there.
    const begin = Date.now();
    const frames = await frameTimes(page, () => feed(10000, 1000));
    const took = Date.now() - begin;
    await until('all are shown', async () => await page.locator('#shown').textContent() === '10,000 shown', 5000);
    const at = (part) => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))];
    console.log(`[figure] 10,000 events in=${took} ms frames=${frames.length} p50=${at(0.5).toFixed(0)} ` +
      `p95=${at(0.95).toFixed(0)} longest=${at(1).toFixed(0)} ms`);
    assert.ok(at(0.5) < 50 && at(0.95) < 400, 'frames are late');
    assert.ok(await page.locator('*').count() < 1500, 'only what is in view is in the document');
    const flood = Date.now();
    await feed(10000);
    await until('all are counted', async () => await count('requests') === 20001, 5000);
    console.log(`[figure] 10,000 more, as fast as they go, shown after=${Date.now() - flood} ms`);
    assert.ok(await page.locator('*').count() < 1500, 'only what is in view is in the document');
    // From end to end, and a page that is opened now.
    await page.locator('#list').focus();
    for (const key of ['End', 'PageUp', 'Home', 'PageDown']) {
      await page.keyboard.press(key);
      assert.equal(await page.locator('#rows [aria-selected=true]').count(), 1, key);
    }
    await page.evaluate(() => { document.getElementById('list').scrollTop = 0; });
    const again = Date.now();
    const other = await open(server.url);
    await until('it has all', async () => await other.locator('#shown').textContent() === '10,000 shown', 10000);
    console.log(`[figure] a page that is opened with 10,000 events=${Date.now() - again} ms`);
    await other.locator('#find').fill('"left":77}');
    await until('one is found', async () => await rows(other).count() === 1);
    await other.locator('#find').fill('Not Snake');
    await until('none is left of the first', async () => await rows(other).count() === 0);
    assert.equal(await count('refused', other), 1, 'counts are of all');
    assert.equal(await count('requests', other), 20001);
    await other.context().close();
  },

  async 'everything can be exported as NDJSON'() {
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('link', {name: 'Export events'}).click()]);
    assert.equal(download.suggestedFilename(), 'events.ndjson');
    const lines = fs.readFileSync(await download.path(), 'utf8').trim().split('\n').map(JSON.parse);
    assert.equal(lines.length, 20000);
    assert.equal(lines[0].name, 'level_complete');
  },

  async 'a collector that ends and comes back'() {
    const port = new URL(server.url).port;
    const begin = Date.now();
    server.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    console.log(`[figure] the collector ended with open pages after=${Date.now() - begin} ms`);
    await page.getByText('the collector is away').waitFor();
    server = start('embeddables-collector', ['--quiet', '--port', port]);
    server.url = `http://127.0.0.1:${port}`;
    await page.locator('#connection.good').waitFor();
    await until('it is another run', async () => await count('events') === 0);
    complaints.splice(0, complaints.length,
      ...complaints.filter((each) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(each)));
  },

  async 'pictures: both themes, three widths, nothing wider than the window'() {
    const story = [['level_complete', {level: 3, score: 1200}], ['shop_opened', {coins: 40}],
      ['level_failed', {level: 4, reason: 'time'}], ['session_started', {build: '1.4.2'}]];
    for (let i = 0; i < 60; ++i) {
      const [name, props] = story[i % story.length];
      await post(server.url, event({custom_event_name: name, timestamp: new Date(Date.now() - 5 - i * i * 3).toISOString(),
        custom_event_props: JSON.stringify({...props, event_id: `e${i % 57}`}),
        identifiers: [{key: 'email', value: JSON.stringify(`player${i % 7}@example.com`)}]}));
      if (i % 20 === 19) await new Promise((go) => setTimeout(go, 1000));
    }
    await post(server.url, event({custom_event_name: 'LevelComplete'}));
    await page.getByRole('switch', {name: '503'}).click();
    await until('503', async () => await get(`${server.url}/_faults`) !== '{}\n');
    for (let i = 0; i < 5; ++i) await post(server.url, event({custom_event_name: 'level_complete'}));
    await new Promise((go) => setTimeout(go, 1200));
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [320, 768, 1440]) {
        await page.emulateMedia({colorScheme});
        await page.setViewportSize({width, height: 900});
        await page.evaluate(() => window.scrollTo(0, 0));
        await new Promise((go) => setTimeout(go, 1100));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} of ${width}`);
        await page.screenshot({path: path.join(pictures, `${colorScheme}-${width}.png`), fullPage: true});
      }
    }
    await page.emulateMedia({colorScheme: 'light'});
    await page.setViewportSize({width: 1040, height: 1130});
    await new Promise((go) => setTimeout(go, 1100));
    await page.screenshot({path: path.join(pictures, 'page.png')});
    await rows().first().click();
    await page.screenshot({path: path.join(pictures, 'details.png')});
    await page.keyboard.press('Escape');
    await page.locator('#theme').click();
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'light');
    await page.getByRole('switch', {name: '503'}).click();
  },
};

(async () => {
  browser = await chromium.launch({executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage']});
  server = await collector();
  page = await open(server.url);
  page.setDefaultTimeout(10000);
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.includes(only)) continue;
    try {
      await test();
      console.log(`ok    ${name}`);
    } catch (error) {
      ++failed;
      console.log(`FAIL  ${name}\n${error.stack}`);
      await page.screenshot({path: path.join(pictures, `failed-${failed}.png`), fullPage: true}).catch(() => {});
    }
  }
  if (complaints.length > 0) {
    ++failed;
    console.log(`FAIL  the browser complains:\n${complaints.join('\n')}`);
  }
  await browser.close();
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(work, {recursive: true, force: true});
  console.log(failed === 0 ? 'the page is right' : `${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
})();
