package main

import (
	"context"

	slackapi "github.com/slack-go/slack"
)

func slack(ctx context.Context, j job, got func(id string)) error {
	client := slackapi.New("xoxb-none", slackapi.OptionAPIURL(j.Base+"/api/"))
	options := []slackapi.GetUsersOption{slackapi.GetUsersOptionTeamID(j.List)}
	if j.Size > 0 {
		options = append(options, slackapi.GetUsersOptionLimit(j.Size))
	}
	users := client.GetUsersPaginated(options...)
	for {
		var err error
		if users, err = users.Next(ctx); err != nil {
			return users.Failure(err)
		}
		for _, user := range users.Users {
			got(user.ID)
		}
	}
}
