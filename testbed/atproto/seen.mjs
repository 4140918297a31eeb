// Makes an account that follows five, of whom three then go; that keeps a list of three and a starter pack of it; and
// that two follow; and that Ozone labels "seen". Waits until the servers say so, prints
// {"did","handle","list","pack","members":[DID…],"followers":[DID…]}.
// usage: node seen.mjs   (after seed.mjs: it uses the accounts 0 to 4)
import fs from 'node:fs'
const run = process.env.TB_RUN ?? '.', net = JSON.parse(fs.readFileSync(`${run}/net.json`)), truth = JSON.parse(fs.readFileSync(`${run}/truth.json`))
const host = net.pds[0], tag = Date.now().toString(36), now = new Date().toISOString()
const basic = 'Basic ' + Buffer.from(`admin:${net.adminPassword}`).toString('base64')
const post = async (nsid, body, authorization, at = host) => {
  const r = await fetch(`${at}/xrpc/${nsid}`, { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-ratelimit-bypass': 'testbed', ...(authorization && { authorization }) } })
  if (!r.ok) throw new Error(`${nsid} ${r.status} ${await r.text()}`)
  return r.json().catch(() => ({}))
}
const ask = async (nsid, query, at = net.appview) => (await fetch(`${at}/xrpc/${nsid}?${new URLSearchParams(query)}`)).json()
const until = async (what, holds) => {
  for (let i = 0; i < 240; i++) { if (await holds()) return; await new Promise((r) => setTimeout(r, 250)) }
  throw new Error(`the AppView does not say: ${what}`)
}
const account = (name) => post('com.atproto.server.createAccount', { handle: `${name}${tag}.test`, email: `${name}${tag}@example.test`, password: 'pw' })
const record = (who, collection, value) => post('com.atproto.repo.createRecord', { repo: who.did, collection, record: { $type: collection, createdAt: now, ...value } }, `Bearer ${who.accessJwt}`)
const follow = (who, did) => record(who, 'app.bsky.graph.follow', { subject: did })

const me = await account('seen'), going = [await account('taken'), await account('off'), await account('left')]
const followers = [await account('fana'), await account('fanb')]
for (const did of [...going.map((a) => a.did), truth[0].did, truth[1].did]) await follow(me, did)
for (const fan of followers) await follow(fan, me.did)
const list = await record(me, 'app.bsky.graph.list', { purpose: 'app.bsky.graph.defs#curatelist', name: 'known' })
const members = [2, 3, 4].map((n) => truth[n].did)
for (const did of members) await record(me, 'app.bsky.graph.listitem', { list: list.uri, subject: did })
const pack = await record(me, 'app.bsky.graph.starterpack', { name: 'known', list: list.uri })
const profile = () => ask('app.bsky.actor.getProfile', { actor: me.did })
await until('five follows and two followers', async () => { const p = await profile(); return p.followsCount === 5 && p.followersCount === 2 })
await until('a list of three', async () => (await ask('app.bsky.graph.getList', { list: list.uri })).items?.length === 3)
await until('a starter pack', async () => (await ask('app.bsky.graph.getStarterPack', { starterPack: pack.uri })).starterPack?.uri === pack.uri)
await post('com.atproto.admin.updateSubjectStatus', { subject: { $type: 'com.atproto.admin.defs#repoRef', did: going[0].did }, takedown: { applied: true, ref: 'test' } }, basic)
await post('com.atproto.server.deactivateAccount', {}, `Bearer ${going[1].accessJwt}`)
await post('com.atproto.admin.deleteAccount', { did: going[2].did }, basic)
await until('three are gone', async () => (await ask('app.bsky.graph.getFollows', { actor: me.did })).follows?.length === 2)
await post('tools.ozone.moderation.emitEvent', { subject: { $type: 'com.atproto.admin.defs#repoRef', did: me.did }, createdBy: net.ozoneDid,
  event: { $type: 'tools.ozone.moderation.defs#modEventLabel', createLabelVals: ['seen'], negateLabelVals: [] } }, basic, net.ozone)
await until('a label', async () => (await ask('com.atproto.label.queryLabels', { uriPatterns: me.did }, net.ozone)).labels?.length === 1)
console.log(JSON.stringify({ did: me.did, handle: me.handle, list: list.uri, pack: pack.uri, members, followers: followers.map((f) => f.did) }))
