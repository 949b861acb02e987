package main

import (
	"context"
	"net/url"

	"github.com/hashicorp/go-tfe"
)

func terraform(ctx context.Context, j job, got func(id string)) error {
	base, err := url.Parse(j.Base)
	if err != nil {
		return err
	}
	client, err := tfe.NewClient(&tfe.Config{Address: j.Base, BasePath: base.Path + tfe.DefaultBasePath, Token: "none"})
	if err != nil {
		return err
	}
	read := func(number int) (page, error) {
		options := tfe.ListOptions{PageNumber: number, PageSize: j.Size}
		list, err := client.Projects.List(ctx, j.List, &tfe.ProjectListOptions{ListOptions: options})
		if err != nil {
			return page{}, err
		}
		p := page{prev: list.PreviousPage, next: list.NextPage, last: list.TotalPages}
		for _, project := range list.Items {
			p.ids = append(p.ids, project.ID)
		}
		return p, nil
	}
	if j.Reverse {
		return walkBack(read, got)
	}
	return walkOn(read, got)
}
