// Makes an account that follows one that is gone and one that is not, waits until the AppView knows, and prints their DIDs as
// JSON: {"follower":DID,"gone":DID,"there":DID}. Changes no other account. usage: node follows-gone.mjs
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
const [follower, gone, there] = [await account('follower'), await account('gone'), await account('there')]
for (const to of [gone, there]) await post('com.atproto.repo.createRecord', { repo: follower.did, collection: 'app.bsky.graph.follow',
  record: { $type: 'app.bsky.graph.follow', subject: to.did, createdAt: '2026-01-01T00:00:00.000Z' } }, `Bearer ${follower.accessJwt}`)
await post('com.atproto.admin.deleteAccount', { did: gone.did }, basic)
const said = async (did) => (await (await fetch(`${net.appview}/xrpc/app.bsky.actor.getProfile?actor=${did}`)).json())
for (let i = 0; ; i++) {
  if (i === 240) throw new Error('the AppView does not know yet')
  if ((await said(gone.did)).message === 'Profile not found' && (await said(follower.did)).followsCount === 2) break
  await new Promise((r) => setTimeout(r, 250))
}
console.log(JSON.stringify({ follower: follower.did, gone: gone.did, there: there.did }))
