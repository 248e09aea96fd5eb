module stormproof.dev/tools/nats

go 1.26

require github.com/nats-io/natscli v0.4.0
