/**
 * Argus: assets, what customers want watched.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, page, refusals, result } from "../../envelope.ts"
import { Asset, AssetSearchRequest } from "../../models/assets.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Finds assets by a few criteria.
 *
 * `GET /assets/v2/asset`, needs `viewAssets`.
 */
export const listAssets = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/assets/v2/asset", {
  name: "listAssets",
  query: {
    /** short names or ids */
    customer: Optional.strings,
    /** ids or short names */
    asset: Optional.strings,
    parent: Optional.strings,
    dataSource: Optional.strings,
    keywords: Optional.strings,
    /** default `false` */
    includeDeleted: Optional.boolean,
    /** epoch milliseconds, or a relative time such as `-24hours` */
    startTimestamp: Optional.string,
    /** as `startTimestamp` */
    endTimestamp: Optional.string,
    /** names of fields; a leading `-` sorts downwards */
    sortBy: Optional.strings,
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(Asset),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "viewAssets"
}))

/**
 * Finds assets by any criteria.
 *
 * `POST /assets/v2/asset/search`, needs `viewAssets`.
 */
export const searchAssets = /*#__PURE__*/ Paging.byBody(/*#__PURE__*/ Endpoint.post(Argus, "/assets/v2/asset/search", {
  name: "searchAssets",
  body: AssetSearchRequest,
  success: /*#__PURE__*/ page(Asset),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "viewAssets"
}))

/**
 * One asset.
 *
 * `GET /assets/v2/asset/{idOrShortName}`, needs `viewAssets`.
 */
export const getAsset = /*#__PURE__*/ Endpoint.get(Argus, "/assets/v2/asset/{idOrShortName}", {
  name: "getAsset",
  path: { idOrShortName: Schema.String },
  query: {
    /** whose, when a short name is not unique */
    customer: Optional.string,
    includeDeletedComponents: Optional.boolean
  },
  success: /*#__PURE__*/ result(Asset),
  errors: refusals,
  permission: "viewAssets"
})
