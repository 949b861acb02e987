package main

import (
	"context"
	"net/url"
	"strings"

	"oras.land/oras-go/v2/registry/remote"
)

// oras lists the tags of an image.
func oras(ctx context.Context, j job, got func(id string)) error {
	base, err := url.Parse(j.Base)
	if err != nil {
		return err
	}
	image, err := remote.NewRepository(base.Host + "/" + j.List)
	if err != nil {
		return err
	}
	image.PlainHTTP = base.Scheme == "http"
	image.TagListPageSize = j.Size
	return image.Tags(ctx, "", func(tags []string) error {
		for _, tag := range tags {
			id, _, _ := strings.Cut(tag, "-")
			got(id)
		}
		return nil
	})
}
