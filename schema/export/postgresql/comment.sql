comment on {what} is {comment}
