import { notFound, one, page } from "../envelope.ts"
import { bodyFields, type Fields, queryFields, readPaging } from "../input.ts"
import { customerFilter, requireSight } from "../lookup.ts"
import type { Asset } from "../model.ts"
import { type Call, reads, type Route, type Service } from "../route.ts"
import { keywordFilter, sorter } from "../search.ts"

const search = (service: Service, call: Call, fields: Fields) => {
  const paging = readPaging(fields)
  const customers = fields.list("customer")
  const assets = fields.list("asset")
  const definitions = fields.list("assetDefinition")
  const keywords = fields.list("keywords")
  const match = fields.oneOf("keywordMatchStrategy", ["any", "all"]) ?? "any"
  const sort = sorter<Asset>(fields, ["id", "shortName", "name", "createdTimestamp", "lastUpdatedTimestamp", "lastSeenTimestamp", "totalCVSS"])
  fields.done()
  const ofCustomers = customerFilter(service.world, call, customers)
  const found = service.world.assets
    .filter((asset) => ofCustomers(asset.customer))
    .filter(({ id, shortName }) => assets.length === 0 || assets.includes(id) || assets.includes(shortName))
    .filter(({ assetDefinition: d }) => definitions.length === 0 || definitions.includes(d.id) || definitions.includes(d.shortName))
    .filter(keywordFilter(keywords, (asset) => `${asset.shortName} ${asset.name} ${asset.description}`, match))
  return page(sort(found), paging)
}

export const assetRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/assets/v2/asset", "listAssets", ["viewAssets"], (call) => search(service, call, queryFields(call.request))),
  reads("POST", "/assets/v2/asset/search", "searchAssets", ["viewAssets"], (call) => search(service, call, bodyFields(call.request))),
  reads("GET", "/assets/v2/asset/{idOrShortName}", "getAsset", ["viewAssets"], (call) => {
    const wanted = call.params["idOrShortName"]
    const asset = service.world.assets.find(({ id, shortName }) => id === wanted || shortName === wanted)
    if (asset === undefined) return notFound("Asset")
    requireSight(call, asset.customer)
    return one(asset)
  })
]
