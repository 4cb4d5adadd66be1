/**
 * Variables that the Kerberos library reads whenever it is called. They belong to the process, so that calls which need other
 * values take turns: values are set before a call, and put back when no call needs them any more.
 */

/** What a call needs; `undefined` leaves a variable as it is. */
export interface Variables {
  readonly KRB5CCNAME?: string | undefined
  readonly KRB5_CLIENT_KTNAME?: string | undefined
  readonly KRB5_CONFIG?: string | undefined
}

type Name = keyof Variables
const names: ReadonlyArray<Name> = ["KRB5CCNAME", "KRB5_CLIENT_KTNAME", "KRB5_CONFIG"]

interface Turn {
  readonly variables: Variables
  readonly key: string
  readonly alone: boolean
  /** nobody waits for it any more */
  readonly signal: AbortSignal | undefined
  readonly start: () => void
}

const waiting: Array<Turn> = []
let running = 0
let current: Turn | undefined
let restore: () => void = () => undefined

const set = (name: Name, value: string | undefined): void => {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

const enter = (turn: Turn): void => {
  const changed = names.flatMap((name) => {
    const value = turn.variables[name]
    return value === undefined || value === process.env[name] ? [] : [{ name, value, before: process.env[name] }]
  })
  for (const { name, value } of changed) set(name, value)
  restore = () => {
    // what somebody else has changed meanwhile is theirs
    for (const { before, name, value } of changed) if (process.env[name] === value) set(name, before)
  }
  current = turn
}

const advance = (): void => {
  for (let turn = waiting[0]; turn !== undefined; turn = waiting[0]) {
    if (turn.signal?.aborted === true) {
      waiting.shift()
      continue
    }
    if (running > 0 && (turn.alone || current?.alone === true || current?.key !== turn.key)) return
    waiting.shift()
    if (running++ === 0) enter(turn)
    turn.start()
  }
}

const leave = (): void => {
  if (--running === 0) restore()
  advance()
}

/**
 * Calls the library with these variables. Calls that need the same ones run at once, unless one of them has to be `alone`;
 * others wait for their turn, in their order. Nothing can stop a call of the library, so the variables stay until it ends; one
 * that was given up (`signal`) before its turn is not made, and its promise stays open.
 */
export const withVariables = <A>(variables: Variables, alone: boolean, call: () => Promise<A>, signal?: AbortSignal): Promise<A> =>
  new Promise<void>((start) => {
    waiting.push({ variables, key: names.map((name) => variables[name] ?? "").join("\n"), alone, signal, start })
    advance()
  }).then(call).finally(leave)
