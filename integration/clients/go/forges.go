package main

import (
	"context"
	"net/url"
	"strconv"

	"github.com/google/go-github/v83/github"
	gitlab "gitlab.com/gitlab-org/api/client-go"
)

func gitHub(ctx context.Context, j job, got func(id string)) error {
	base, err := url.Parse(j.Base + "/")
	if err != nil {
		return err
	}
	client := github.NewClient(nil)
	client.BaseURL = base
	options := &github.IssueListByRepoOptions{State: "all", ListOptions: github.ListOptions{PerPage: j.Size}}
	if j.Reverse {
		return walkBack(func(number int) (p page, err error) {
			options.ListOptions.Page = number
			issues, answer, err := client.Issues.ListByRepo(ctx, "acme", j.List, options)
			if err != nil {
				return page{}, err
			}
			for _, issue := range issues {
				p.ids = append(p.ids, strconv.FormatInt(issue.GetID(), 10))
			}
			p.prev, p.last = answer.PrevPage, answer.LastPage
			return p, nil
		}, got)
	}
	for issue, err := range client.Issues.ListByRepoIter(ctx, "acme", j.List, options) {
		if err != nil {
			return err
		}
		got(strconv.FormatInt(issue.GetID(), 10))
	}
	return nil
}

func gitLab(ctx context.Context, j job, got func(id string)) error {
	client, err := gitlab.NewClient("none", gitlab.WithBaseURL(j.Base), gitlab.WithoutRetries())
	if err != nil {
		return err
	}
	options := &gitlab.ListProjectIssuesOptions{ListOptions: gitlab.ListOptions{PerPage: int64(j.Size)}}
	if j.Reverse {
		return walkBack(func(number int) (p page, err error) {
			options.Page = int64(number)
			issues, answer, err := client.Issues.ListProjectIssues(j.List, options, gitlab.WithContext(ctx))
			if err != nil {
				return page{}, err
			}
			for _, issue := range issues {
				p.ids = append(p.ids, strconv.FormatInt(issue.ID, 10))
			}
			p.prev, p.last = int(answer.PreviousPage), int(answer.TotalPages)
			return p, nil
		}, got)
	}
	for issue, err := range gitlab.Scan2(func(next gitlab.PaginationOptionFunc) ([]*gitlab.Issue, *gitlab.Response, error) {
		return client.Issues.ListProjectIssues(j.List, options, next, gitlab.WithContext(ctx))
	}) {
		if err != nil {
			return err
		}
		got(strconv.FormatInt(issue.ID, 10))
	}
	return nil
}
