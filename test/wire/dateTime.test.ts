import { describe, expect, it } from "vitest"
import { date, dateTime } from "../../src/wire/dateTime.ts"

describe("RFC 3339", () => {
  it.each(["1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1937-01-01T12:00:27.87+00:20", "2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z"])("section 5.8: %s is a date-time", (text) => {
    expect(dateTime.test(text)).toBe(true)
  })
  it.each(["1985-04-12", "1985-04-12T23:20:50", "1985-04-12 23:20:50Z", "1985-04-31T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1985-04-12T24:00:00Z", "1985-13-01T00:00:00Z", "1985-04-12T23:20:50+24:00"])("%s is none", (text) => {
    expect(dateTime.test(text)).toBe(false)
  })
  it("knows the days of each month", () => {
    for (let day = Date.UTC(1899, 11, 31); day < Date.UTC(1905, 0, 2); day += 86_400_000) expect(date.test(new Date(day).toISOString().slice(0, 10))).toBe(true)
    for (const text of ["2024-02-30", "2024-04-31", "2024-06-31", "2024-09-31", "2024-11-31", "2024-01-32", "2024-00-01", "2024-01-00", "2100-02-29"]) expect(date.test(text)).toBe(false)
  })
})
