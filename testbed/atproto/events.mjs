// Makes a running, seeded network busy: N records written one at a time, each an event of the firehose: posts, follows,
// likes, profiles, and deletions of what was written before. usage: node events.mjs [N=10000] [SEED=1]
import fs from 'node:fs'
const acc = JSON.parse(fs.readFileSync(`${process.env.TB_RUN ?? '.'}/truth.json`))
const [N, S] = [10000, 1].map((d, i) => Number(process.argv[i + 2] ?? d))
let s = S >>> 0
const rnd = () => { s = (s + 0x6d2b79f5) >>> 0; let t = Math.imul(s ^ (s >>> 15), 1 | s); t ^= t + Math.imul(t ^ (t >>> 7), 61 | t); return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 }
const call = async (host, nsid, body, jwt) => {
  const r = await fetch(`${host}/xrpc/${nsid}`, { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-ratelimit-bypass': 'testbed', ...(jwt && { authorization: `Bearer ${jwt}` }) } })
  if (!r.ok) throw new Error(`${nsid} ${r.status} ${await r.text()}`)
  return r.json().catch(() => ({}))
}
// Sessions last two hours; a network that was seeded long ago has none any more.
const login = async (a) => (await call(a.pds, 'com.atproto.server.createSession', { identifier: a.did, password: `pw-${a.n}` })).accessJwt
const who = acc.slice(0, 40)
await Promise.all(who.map(async (a) => { a.jwt = await login(a) }))
const at = (i) => new Date(Date.UTC(2026, 1, 1) + i * 1000).toISOString()
let made = 0, todo = N
// Each account writes one thing after another, as a person does; eight at a time.
const write = async (a, i) => {
  const what = rnd(), other = acc[Math.floor(rnd() * acc.length)]
  const create = (collection, record) => call(a.pds, 'com.atproto.repo.createRecord', { repo: a.did, collection, record: { $type: collection, createdAt: at(i), ...record } }, a.jwt)
  if (what < 0.55) a.last = { collection: 'app.bsky.feed.post', rkey: (await create('app.bsky.feed.post', { text: `event ${i}`, langs: [a.lang] })).uri.split('/').pop() }
  else if (what < 0.8 && other.did !== a.did) a.last = { collection: 'app.bsky.graph.follow', rkey: (await create('app.bsky.graph.follow', { subject: other.did })).uri.split('/').pop() }
  else if (what < 0.9) await call(a.pds, 'com.atproto.repo.putRecord', { repo: a.did, collection: 'app.bsky.actor.profile', rkey: 'self', record: { $type: 'app.bsky.actor.profile', displayName: `name ${i}`, createdAt: at(0) } }, a.jwt)
  else if (a.last) { await call(a.pds, 'com.atproto.repo.deleteRecord', { repo: a.did, ...a.last }, a.jwt); delete a.last }
  else return
  made++
}
const t = Date.now()
await Promise.all(Array.from({ length: 8 }, async (_, k) => {
  const mine = who.filter((_, i) => i % 8 === k)
  while (todo > 0) { const i = todo--; await write(mine[i % mine.length], i) }
}))
console.log(`${made} events in ${((Date.now() - t) / 1000).toFixed(1)} s`)
