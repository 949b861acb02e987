package style

import "github.com/caddy-paginate/caddy-paginate/rewrite/limits"

// jsonAPIMembers hold what JSON:API calls the fields of a resource object.
var jsonAPIMembers = []string{"attributes", "relationships"}

// What styles of one family say of errors.
const (
	// docs.oasis-open.org: "OData JSON Format Version 4.01", section 21.1.
	odataError = `{"error":{"code":$code,"message":$message,"target":$parameter?}}`

	// jsonapi.org, version 1.1, "Error Objects".
	jsonAPIError = `{"errors":[{"code":$code,"title":$title,"detail":$message,"source":{"parameter":$parameter?},"links":{"about":$docs}}]}`

	// django-rest-framework.org, "Exceptions".
	djangoError = `{"detail":$message,"code":$code}`
)

// table holds every style. An entry can be compared with the documentation
// of whoever the style is named after: the parameters, and what stands in a body.
var table = []*Style{
	// Ours: limit and cursor, or limit and offset; RFC 8288 links.
	{
		Name:     "link",
		Params:   Params{Limit: "limit", Offset: "offset", Cursor: "cursor"},
		Position: ByCursor,
		Rels:     []string{"next", "prev", "first"},
		NextOnly: true,
		Total:    "X-Total-Count",
	},
	{
		Name:      "page",
		Params:    Params{Limit: "per_page", Page: "page"},
		Position:  ByPage,
		FirstPage: 1,
		Rels:      []string{"next", "prev", "first", "last"},
		Total:     "X-Total-Count",
	},
	{
		Name:     "cursor",
		Params:   Params{Limit: "limit", Cursor: "after", Before: "before"},
		Position: ByCursor,
		Rels:     []string{"next"},
		Body:     `{"data":$list,"pagination":{"limit":$limit,"has_more":$more,"next_cursor":$cursor,"prev_cursor":$prev_cursor}}`,
	},
	// docs.github.com: "Using pagination in the REST API".
	{
		Name:      "github",
		Params:    Params{Limit: "per_page", Page: "page"},
		Position:  ByPage,
		FirstPage: 1,
		Cap:       100,
		Rels:      []string{"prev", "next", "last", "first"},
		Body:      onlyList,
		Errors:    Errors{Body: `{"message":$message,"errors":[{"field":$parameter?,"code":$code}],"documentation_url":$docs}`},
		Counts:    true, // for rel="last"
	},
	// docs.gitlab.com: "REST API", "Offset-based pagination".
	{
		Name:      "gitlab",
		Params:    Params{Limit: "per_page", Page: "page"},
		Position:  ByPage,
		FirstPage: 1,
		Cap:       100,
		Rels:      []string{"prev", "next", "first", "last"},
		Body:      onlyList,
		Headers: []Header{
			{Name: "X-Page", Slot: "page"},
			{Name: "X-Per-Page", Slot: "limit"},
			{Name: "X-Prev-Page", Slot: "prev_page", Empty: true},
			{Name: "X-Next-Page", Slot: "next_page", Empty: true},
			{Name: "X-Total", Slot: "total"},
			{Name: "X-Total-Pages", Slot: "pages"},
		},
		Errors: Errors{Body: `{"message":$message}`},
		Counts: true, // for rel="last"
	},
	// docs.stripe.com/api/pagination. An id is a string there.
	{
		Name:     "stripe",
		Params:   Params{Limit: "limit", After: "starting_after", Before: "ending_before"},
		Position: ByKey,
		Key:      "id",
		TextKey:  true,
		Rels:     []string{"next", "prev"},
		Body:     `{"object":"list","url":$path,"has_more":$more,"data":$list}`,
		Errors: Errors{
			Body:   `{"error":{"type":$word,"code":$code,"message":$message,"param":$parameter?,"doc_url":$docs}}`,
			Other:  "invalid_request_error",
			Broken: "api_error",
		},
	},
	// docs.slack.dev: "Paginating through collections".
	{
		Name:     "slack",
		Params:   Params{Limit: "limit", Cursor: "cursor"},
		Post:     true,
		Position: ByCursor,
		Rels:     []string{"next"},
		Body:     `{"ok":true,"$name":$list,"response_metadata":{"next_cursor":$cursor!}}`,
		List:     "items",
		// Its clients try again for half an hour when they get another status.
		Errors: Errors{
			Body:   `{"ok":false,"error":$word,"response_metadata":{"messages":[$message]}}`,
			Prefix: "[ERROR] ",
			Status: 200,
			Words: map[string]string{
				limits.CodeCursorInvalid:      "invalid_cursor",
				limits.CodeLimitInvalid:       "invalid_limit",
				limits.CodeLimitTooLarge:      "invalid_limit",
				limits.CodePaginationRequired: "limit_required",
			},
			Other:  "invalid_arguments",
			Broken: "internal_error",
		},
	},
	// docs.oasis-open.org: OData 4.01, Part 1, 8.2.8.6 and 11.2.6; the size of a page is
	// Prefer: odata.maxpagesize.
	{
		Name:     "odata",
		Params:   Params{Whole: "$top", Offset: "$skip", Cursor: "$skiptoken", Count: "$count"},
		Position: ByCursor,
		Fields:   "$select",
		Rels:     []string{"next"},
		Body:     `{"@odata.count":$count?,"@odata.nextLink":$next?,"value":$list}`,
		Errors:   Errors{Body: odataError},
	},
	// learn.microsoft.com: "Paging Microsoft Graph data in your app".
	{
		Name:     "msgraph",
		Params:   Params{Limit: "$top", Offset: "$skip", Cursor: "$skiptoken", Count: "$count"},
		Position: ByCursor,
		Cap:      999,
		Fields:   "$select",
		Rels:     []string{"next"},
		Body:     `{"@odata.count":$count?,"@odata.nextLink":$next?,"value":$list}`,
		Errors:   Errors{Body: odataError},
	},
	// jsonapi.org, version 1.1, "Pagination"; the page facts are those of Terraform.
	{
		Name:       "jsonapi",
		Params:     Params{Limit: "page[size]", Page: "page[number]"},
		Position:   ByPage,
		FirstPage:  1,
		Fields:     "fields[]",
		FieldsIn:   jsonAPIMembers,
		FieldsStay: "type,id,links,meta",
		Rels:       []string{"next"},
		Body: `{"data":$list,` +
			`"links":{"self":$self,"first":$first?,"prev":$prev?,"next":$next?,"last":$last?},` +
			`"meta":{"pagination":{"current-page":$page,"page-size":$limit,"prev-page":$prev_page,"next-page":$next_page,"total-pages":$pages?,"total-count":$total?}}}`,
		ContentType: "application/vnd.api+json",
		Errors:      Errors{Body: jsonAPIError, ContentType: "application/vnd.api+json"},
	},
	// The same with pages from 0, for clients that count them by themselves.
	{
		Name:        "jsonapi0",
		Params:      Params{Limit: "page[size]", Page: "page[number]"},
		Position:    ByPage,
		Fields:      "fields[]",
		FieldsIn:    jsonAPIMembers,
		FieldsStay:  "type,id,links,meta",
		Rels:        []string{"next"},
		Body:        `{"data":$list,"links":{"self":$self,"first":$first?,"prev":$prev?,"next":$next?,"last":$last?}}`,
		ContentType: "application/vnd.api+json",
		Errors:      Errors{Body: jsonAPIError, ContentType: "application/vnd.api+json"},
		Computes:    true,
	},
	// google.aip.dev/158.
	{
		Name:     "google",
		Params:   Params{Limit: "pageSize", Cursor: "pageToken"},
		Position: ByCursor,
		Rels:     []string{"next"},
		Body:     `{"$name":$list,"nextPageToken":$cursor?}`,
		List:     "items",
		Errors: Errors{ // google.aip.dev/193
			Body:   `{"error":{"code":$status,"message":$message,"status":$word}}`,
			Words:  map[string]string{limits.CodeOffsetTooDeep: "OUT_OF_RANGE"},
			Other:  "INVALID_ARGUMENT",
			Broken: "INTERNAL",
		},
	},
	// kubernetes.io, "Kubernetes API Concepts", "Retrieving large results sets in
	// chunks"; the members of metadata are those of ListMeta.
	{
		Name:     "kube",
		Params:   Params{Limit: "limit", Cursor: "continue"},
		Position: ByCursor,
		Rels:     []string{"next"},
		Body:     `{"kind":"List","apiVersion":"v1","metadata":{"continue":$cursor!,"remainingItemCount":$left?},"items":$list}`,
		Keeps:    true,
		Loose:    []string{"resourceVersion", "resourceVersionMatch"},
		Errors: Errors{ // never Expired, upon which clients ask for the whole list
			Body:   `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":$message,"reason":$word,"code":$status}`,
			Other:  "BadRequest",
			Broken: "InternalError",
		},
	},
	// django-rest-framework.org: LimitOffsetPagination.
	{
		Name:      "drf",
		Params:    Params{Limit: "limit", Offset: "offset"},
		Position:  ByOffset,
		Rels:      []string{"next"},
		Body:      `{"count":$total,"next":$next,"previous":$prev,"results":$list}`,
		Errors:    Errors{Body: djangoError},
		Counts:    true,
		ZeroIsMax: true,
	},
	// The same, PageNumberPagination.
	{
		Name:      "drf-page",
		Params:    Params{Limit: "page_size", Page: "page"},
		Position:  ByPage,
		FirstPage: 1,
		Rels:      []string{"next"},
		Body:      `{"count":$total,"next":$next,"previous":$prev,"results":$list}`,
		Errors:    Errors{Body: djangoError},
		Computes:  true,
		Counts:    true,
	},
	// docs.spring.io, Spring Data: the JSON of a Page.
	{
		Name:     "spring",
		Params:   Params{Limit: "size", Page: "page"},
		Position: ByPage,
		Cap:      2000,
		Rels:     []string{"next"},
		Body: `{"content":$list,"totalElements":$total?,"totalPages":$pages?,"number":$page,"size":$limit,` +
			`"numberOfElements":$items,"first":$begin,"last":$end,"empty":$empty}`,
		Computes: true,
		Counts:   true,
	},
	// docs.spring.io, Spring HATEOAS: PagedModel as HAL.
	{
		Name:     "hal",
		Params:   Params{Limit: "size", Page: "page"},
		Position: ByPage,
		Cap:      1000,
		Rels:     []string{"next"},
		Body: `{"_embedded":{"$name":$list},` +
			`"_links":{"first":{"href":$first?},"prev":{"href":$prev?},"self":{"href":$self},"next":{"href":$next?},"last":{"href":$last?}},` +
			`"page":{"size":$limit,"totalElements":$total?,"totalPages":$pages?,"number":$page}}`,
		List:        "items",
		ContentType: "application/hal+json",
	},
	// github.com/marmelab/react-admin, packages/ra-data-json-server; json-server itself
	// knows _limit as well.
	{
		Name:     "ra-json",
		Params:   Params{Limit: "_limit", Offset: "_start", End: "_end"},
		Position: ByOffset,
		Rels:     []string{"next"},
		Body:     onlyList,
		Total:    "X-Total-Count",
		Computes: true,
		Counts:   true,
		Errors:   Errors{Message: true},
	},
	// The same, packages/ra-data-simple-rest. It sends Range: items=0-49 besides, which says
	// the same and is no range of bytes; and reads Content-Range beside a 200.
	{
		Name:     "ra-simple",
		Params:   Params{Range: "range"},
		Position: ByOffset,
		Rels:     []string{"next"},
		Body:     onlyList,
		Headers:  []Header{{Name: "Content-Range", Slot: "range"}},
		Computes: true,
		Counts:   true,
		Errors:   Errors{Message: true},
	},
}
