// Makes an account with a little of everything and writes its repository, as its server gives it: two follows, one of them
// of an account that is deleted by then, three posts, a like. The accounts are made up. usage: node sample.mjs FILE.car
import fs from 'node:fs'
const net = JSON.parse(fs.readFileSync(`${process.env.TB_RUN ?? '.'}/net.json`)), host = net.pds[0], tag = Date.now().toString(36)
const basic = 'Basic ' + Buffer.from(`admin:${net.adminPassword}`).toString('base64')
const post = async (nsid, body, authorization) => {
  const r = await fetch(`${host}/xrpc/${nsid}`, { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-ratelimit-bypass': 'testbed', ...(authorization && { authorization }) } })
  if (!r.ok) throw new Error(`${nsid} ${r.status} ${await r.text()}`)
  return r.json().catch(() => ({}))
}
const account = (name) => post('com.atproto.server.createAccount', { handle: `${name}${tag}.test`, email: `${name}${tag}@example.test`, password: 'pw' })
const [me, friend, gone] = [await account('me'), await account('friend'), await account('gone')]
const write = (collection, record, rkey) => post('com.atproto.repo.createRecord',
  { repo: me.did, collection, ...(rkey && { rkey }), record: { $type: collection, createdAt: '2026-01-01T00:00:00.000Z', ...record } }, `Bearer ${me.accessJwt}`)
await write('app.bsky.actor.profile', { displayName: 'A sample', description: 'made up' }, 'self')
await write('app.bsky.graph.follow', { subject: friend.did })
await write('app.bsky.graph.follow', { subject: gone.did })
const first = await write('app.bsky.feed.post', { text: 'مرحبا', langs: ['ar'] })
await write('app.bsky.feed.post', { text: 'more at example.com #census', langs: ['en'], facets: [
  { index: { byteStart: 8, byteEnd: 19 }, features: [{ $type: 'app.bsky.richtext.facet#link', uri: 'https://example.com/' }] },
  { index: { byteStart: 20, byteEnd: 27 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'census' }] }] })
await write('app.bsky.feed.post', { text: 'an answer', langs: ['en'], reply: { root: { uri: first.uri, cid: first.cid }, parent: { uri: first.uri, cid: first.cid } } })
await write('app.bsky.feed.like', { subject: { uri: first.uri, cid: first.cid } })
await post('com.atproto.admin.deleteAccount', { did: gone.did }, basic)
const car = await fetch(`${host}/xrpc/com.atproto.sync.getRepo?did=${me.did}`)
fs.writeFileSync(process.argv[2], Buffer.from(await car.arrayBuffer()))
console.log(JSON.stringify({ did: me.did, friend: friend.did, gone: gone.did }))
