/**
 * The data that every sandbox starts with. Ids, names, customers and the bytes of files are always the same, so that tests can rely
 * on them; the seed picks only what nobody should rely on: subjects, priorities, statuses, addresses.
 */
import { createHash } from "node:crypto"
import { FUNCTIONS } from "./functions.ts"
import {
  type AggregatedEvent,
  type Asset,
  type Attachment,
  type Case,
  CASE_OPEN_STATUSES,
  CASE_TYPES,
  type Comment,
  type Customer,
  type Document,
  type EndPoint,
  type Folder,
  type Named,
  PRIORITIES,
  type Sample,
  type User,
  type UserInfo,
  userInfo,
  type World
} from "./model.ts"

const HOUR = 3_600_000
const EPOCH = Date.UTC(2026, 0, 5, 8)

/** Picks made-up details: mulberry32, small and the same everywhere. */
const makeRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const customer1: Customer = { id: 1, shortName: "customer1", name: "Customer One" }
const customer2: Customer = { id: 2, shortName: "customer2", name: "Customer Two" }
const customer3: Customer = { id: 3, shortName: "customer3", name: "Customer Three" }

const everythingBut = (...names: ReadonlyArray<string>): ReadonlySet<string> => new Set(FUNCTIONS.filter((name) => !names.includes(name)))

const makeUser = (id: number, userName: string, name: string, customer: Customer, rights: Pick<User, "functions" | "customers">): User => ({
  id,
  userName,
  name,
  customer,
  password: `${userName}-password`,
  apiKey: `${userName}-api-key`,
  mustChangePassword: userName === "newcomer",
  ...rights
})

const demo = makeUser(7, "demo", "Demo User", customer1, { functions: everythingBut("viewSamples"), customers: new Set([1, 2]) })
const bob = makeUser(8, "bob", "Bob Builder", customer3, {
  functions: new Set(["viewCases", "viewDocuments", "viewBasicCustomer", "viewSamples"]),
  customers: new Set([3])
})
const newcomer = makeUser(9, "newcomer", "New Comer", customer1, { functions: new Set(["viewCases"]), customers: new Set([1]) })

const services: ReadonlyArray<Named> = [
  { id: 1, shortName: "ids", name: "Network intrusion detection" },
  { id: 2, shortName: "support", name: "Support" },
  { id: 3, shortName: "administrative", name: "Administrative" }
]
const categories: ReadonlyArray<Named> = [
  { id: 1, shortName: "phishing", name: "Phishing" },
  { id: 2, shortName: "malware", name: "Malware" }
]

/** Hex SHA-256. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Bytes that are the same for the same name, and do not compress. */
export const generatedBytes = (name: string, length: number): Uint8Array => {
  const random = makeRandom(createHash("sha256").update(name).digest().readUInt32LE())
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = random() * 256
  return bytes
}

const uuid = (kind: string, n: number): string => `00000000-0000-4000-8000-${kind}${n.toString(16).padStart(12 - kind.length, "0")}`

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const customerOfCase = (id: number): Customer => (id <= 6 ? customer1 : id <= 60 ? customer2 : customer3)

const makeCase = (id: number, random: () => number): Case => {
  const pick = <T>(values: ReadonlyArray<T>): T => values[Math.floor(random() * values.length)]!
  const created = EPOCH + id * HOUR
  const category = pick(categories)
  const status = pick(CASE_OPEN_STATUSES)
  const priority = pick(PRIORITIES)
  return {
    id,
    subject: id === 1 ? "Phishing mail with a link to example.com" : `${category.name} seen by sensor ${1 + Math.floor(random() * 90)}`,
    description: `<p>Made up for case ${id}.</p>`,
    descriptionTextFormat: "html",
    customer: customerOfCase(id),
    service: pick(services),
    category,
    type: pick(CASE_TYPES),
    status,
    initialStatus: status,
    priority,
    initialPriority: priority,
    accessMode: "roleBased",
    customerReference: null,
    flags: id <= 2 ? ["PUBLISHED", "HAS_ATTACHMENT"] : ["PUBLISHED"],
    createdByUser: userInfo(demo),
    reporter: userInfo(demo),
    lastUpdatedByUser: userInfo(demo),
    createdTimestamp: created,
    lastUpdatedTimestamp: created + HOUR / 2,
    publishedTimestamp: created,
    closedTimestamp: null
  }
}

const makeComment = (n: number, comment: string): Comment => ({
  id: uuid("c0", n),
  comment,
  textFormat: "html",
  addedByUser: userInfo(demo),
  addedTimestamp: EPOCH + n * HOUR,
  lastUpdatedTimestamp: EPOCH + n * HOUR,
  status: null,
  flags: []
})

/** An attachment as the service keeps it. */
export const makeAttachment = (id: string, name: string, mimeType: string, bytes: Uint8Array, by: UserInfo, now: number): Attachment => ({
  info: { id, name, mimeType, size: bytes.length, sha256: sha256(bytes), addedByUser: by, addedTimestamp: now, flags: [] },
  bytes
})

const attached = (n: number, name: string, mimeType: string, bytes: Uint8Array): Attachment =>
  makeAttachment(uuid("a0", n), name, mimeType, bytes, userInfo(demo), EPOCH + n * HOUR)

const makeAsset = (n: number, customer: Customer, random: () => number): Asset => ({
  id: uuid("50", n),
  shortName: `host${n}`,
  name: `host${n}.${customer.shortName}.example`,
  description: `A host of ${customer.name}`,
  customer,
  assetDefinition: { id: uuid("d0", 1), shortName: "host", name: "Host" },
  components: [{ id: uuid("e0", n), type: "ipType", value: `192.0.2.${n}` }],
  criticality: { availability: "medium", confidentiality: "high", integrity: "medium" },
  flags: [],
  totalCVSS: Math.round(random() * 100) / 10,
  vulnerabilitiesCount: Math.floor(random() * 5),
  createdTimestamp: EPOCH,
  lastUpdatedTimestamp: EPOCH + n * HOUR,
  lastSeenTimestamp: EPOCH + n * HOUR
})

const endPoint = (address: string, port: number): EndPoint => ({ networkAddress: { address, host: true, ipv6: false, maskBits: 32 }, port })

const makeEvent = (n: number, now: number, random: () => number): AggregatedEvent => {
  const start = now - n * (HOUR / 2)
  return {
    id: `1/${start}/1/${n}`,
    customerInfo: n % 4 === 0 ? customer1 : n % 4 === 3 ? customer3 : customer2,
    severity: PRIORITIES[Math.floor(random() * PRIORITIES.length)]!,
    attackInfo: { alarmID: 1000 + (n % 3), alarmDescription: "A made-up alarm", signature: ["ET SCAN", "ET MALWARE", "ET POLICY"][n % 3]! },
    count: 1 + Math.floor(random() * 40),
    source: endPoint(`198.51.100.${1 + (n % 200)}`, 1024 + n),
    destination: endPoint(`192.0.2.${1 + (n % 20)}`, 443),
    protocol: "tcp",
    timestamp: start,
    startTimestamp: start,
    endTimestamp: start + 60_000,
    lastUpdatedTimestamp: start + 60_000,
    properties: {},
    associatedCase: null,
    flags: ["FINALIZED"]
  }
}

const makeFolder = (id: number, name: string, customer: Customer, parent?: number): Folder => ({
  info: {
    id,
    name,
    elementType: "folder",
    accessMode: "roleBased",
    effectiveAccessMode: "roleBased",
    customer,
    createdByUser: userInfo(demo),
    createdTimestamp: EPOCH,
    lastUpdatedByUser: userInfo(demo),
    lastUpdatedTimestamp: EPOCH,
    flags: parent === undefined ? ["ROOT_FOLDER"] : []
  },
  parent
})

const makeDocument = (id: number, name: string, folder: Folder, mimeType: string, bytes: Uint8Array, lockedBy?: User): Document => ({
  info: {
    ...folder.info,
    id,
    name,
    elementType: "document",
    mimeType,
    dataSize: bytes.length,
    sha256: sha256(bytes),
    revision: 1,
    state: "published",
    flags: []
  },
  parent: folder.info.id,
  bytes,
  lockedBy: lockedBy === undefined ? undefined : userInfo(lockedBy)
})

const makeSample = (name: string, length: number): Sample => {
  const bytes = generatedBytes(name, length)
  return { sha256: sha256(bytes), bytes, createdTimestamp: EPOCH }
}

const byId = <A, K extends PropertyKey>(items: ReadonlyArray<A>, id: (item: A) => K): Map<K, A> => new Map(items.map((item) => [id(item), item]))

/**
 * A fresh world.
 *
 * - Cases 1 to 6 belong to `customer1`, 7 to 60 to `customer2`, 61 to 66 to `customer3`; 9301 was merged into case 1.
 * - Case 1 has 3 comments and attachments with a plain, a non-ASCII and a hostile name; case 2 one of a little over 2 MiB.
 * - Documents live in one tree a customer; see the calls of `makeDocument`.
 */
export const makeWorld = (seed: number, now: number): World => {
  const random = makeRandom(seed)
  const cases = Array.from({ length: 66 }, (_, i) => makeCase(i + 1, random))
  const merged: Case = { ...makeCase(9301, random), customer: customer1, subject: "Merged into case 1", flags: ["PUBLISHED", "MERGED"] }
  const root1 = makeFolder(100, "customer1", customer1)
  const root2 = makeFolder(200, "customer2", customer2)
  const root3 = makeFolder(300, "customer3", customer3)
  const reports = makeFolder(101, "reports", customer1, 100)
  const year = makeFolder(102, "2026", customer1, 101)
  const hostile = makeFolder(103, "hostile", customer1, 100)
  return {
    customers: [customer1, customer2, customer3],
    users: [demo, bob, newcomer],
    services,
    categories,
    cases: byId([...cases, merged], (c) => c.id),
    moved: new Map([[9301, 1]]),
    comments: new Map([[1, ["First seen at noon.", "The link is dead by now.", "Nobody clicked."].map((text, i) => makeComment(i + 1, text))]]),
    attachments: new Map([
      [1, [
        attached(1, "notes.txt", "text/plain", utf8("Notes on case 1.\n")),
        attached(2, "rapport-\u00e6\u00f8\u00e5.pdf", "application/pdf", utf8("%PDF-1.4 made up\n")),
        attached(3, "../../etc/passwd", "application/octet-stream", utf8("root:x:0:0\n"))
      ]],
      [2, [attached(4, "capture.pcap", "application/vnd.tcpdump.pcap", generatedBytes("capture.pcap", 2 * 1024 * 1024 + 17))]]
    ]),
    assets: Array.from({ length: 40 }, (_, i) => makeAsset(i + 1, i < 10 ? customer1 : i < 35 ? customer2 : customer3, random)),
    events: Array.from({ length: 60 }, (_, i) => makeEvent(i + 1, now, random)),
    folders: byId([root1, root2, root3, reports, year, hostile], (f) => f.info.id),
    documents: byId([
      makeDocument(1001, "welcome.txt", root1, "text/plain", utf8("Welcome.\n")),
      makeDocument(1002, "\u00e5rsrapport 2026.txt", year, "text/plain", utf8("\u00c5rsrapport\n")),
      makeDocument(1003, "../../etc/passwd", hostile, "application/octet-stream", utf8("root:x:0:0\n")),
      makeDocument(1004, "locked.txt", root1, "text/plain", utf8("Somebody works on this.\n"), bob),
      makeDocument(2001, "plan.txt", root2, "text/plain", utf8("A plan.\n")),
      makeDocument(3001, "secret.txt", root3, "text/plain", utf8("Not for demo.\n"))
    ], (d) => d.info.id),
    samples: byId([makeSample("sample", 4096), makeSample("small sample", 16)], (s) => s.sha256),
    submissions: [],
    lastId: { case: 10_000, element: 10_000 }
  }
}
