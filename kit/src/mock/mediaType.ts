/**
 * Media types, and which of them a client takes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 Accept
 */

/** Lower-case `type/subtype` without parameters; `undefined` for what is none. */
export const essenceOf = (value: string | undefined): string | undefined => {
  const essence = value?.split(";", 1)[0]?.trim().toLowerCase()
  return essence !== undefined && /^[^\s/]+\/[^\s/]+$/.test(essence) ? essence : undefined
}

/** A parameter, such as `boundary`. */
export const parameterOf = (value: string | undefined, name: string): string | undefined => {
  const found = value === undefined ? null : new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, "i").exec(value)
  return found?.[1] ?? found?.[2]
}

/** JSON, by name or by suffix. */
export const isJson = (essence: string): boolean => essence === "application/json" || essence === "text/json" || essence.endsWith("+json")

/** Does a media type fall under a range, e.g. `image/*`? A range of `application/json` takes any JSON. */
export const matches = (range: string, type: string): boolean => {
  const wanted = essenceOf(range) ?? range
  const essence = essenceOf(type) ?? type
  return wanted === "*/*" || wanted === essence || (wanted.endsWith("/*") && essence.startsWith(wanted.slice(0, -1))) || (wanted === "application/json" && isJson(essence))
}

/** Which of several media types a client likes best; of those it likes as much, the first. `undefined`: it takes none of them. */
export const negotiate = (accept: string | undefined, offered: ReadonlyArray<string>): string | undefined => {
  if (accept === undefined || accept.trim() === "") return offered[0]
  const ranges = accept.split(",").map((range) => ({ range: range.trim(), quality: Number(parameterOf(range, "q") ?? 1) }))
  /** the most exact range decides, so that `text/csv;q=0` beats a star */
  const quality = (type: string): number => {
    const fitting = ranges.filter(({ range }) => matches(range, type) || type === "*/*" || (type.endsWith("/*") && matches(type, essenceOf(range) ?? "")))
    const exactness = (range: string): number => {
      const essence = essenceOf(range) ?? range
      return essence === "*/*" ? 0 : essence.endsWith("/*") ? 1 : 2
    }
    const [best] = fitting.sort((a, b) => exactness(b.range) - exactness(a.range))
    return best === undefined || !Number.isFinite(best.quality) ? 0 : best.quality
  }
  return offered.map((type) => ({ type, quality: quality(type) })).filter((one) => one.quality > 0).sort((a, b) => b.quality - a.quality)[0]?.type
}
