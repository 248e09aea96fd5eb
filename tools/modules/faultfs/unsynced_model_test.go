package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// model says in the plainest way what the unsynced promises: what each file and the directory hold, and what they held
// when that was last durable.
type model struct {
	names, durableNames map[string]*modelFile
}

type modelFile struct {
	text, durable string
}

func (m *model) write(name string, offset int, text string) {
	file, ok := m.names[name]
	if !ok {
		file = &modelFile{}
		m.names[name] = file
	}
	if gap := offset - len(file.text); gap > 0 {
		file.text += strings.Repeat("\x00", gap)
	}
	rest := file.text[min(len(file.text), offset+len(text)):]
	file.text = file.text[:offset] + text + rest
}

func (m *model) truncate(name string, size int) {
	file := m.names[name]
	file.text += strings.Repeat("\x00", max(0, size-len(file.text)))
	file.text = file.text[:size]
}

func (m *model) sync(name string) {
	m.names[name].durable = m.names[name].text
	m.durableNames = maps.Clone(m.names)
}

func (m *model) rename(from, to string) {
	if _, ok := m.names[to]; ok {
		m.names[from].durable = m.names[from].text
	}
	m.names[to] = m.names[from]
	delete(m.names, from)
}

func (m *model) losePower() {
	m.names = maps.Clone(m.durableNames)
	for _, file := range m.names {
		file.text = file.durable
	}
}

func (m *model) texts() map[string]string {
	texts := map[string]string{}
	for name, file := range m.names {
		texts[name] = file.text
	}
	return texts
}

func TestWhateverHappensWhatIsLeftIsWhatTheModelSays(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 1))
			d := newTracked(t)
			m := &model{names: map[string]*modelFile{}, durableNames: map[string]*modelFile{}}
			for range 60 {
				step(chance, d, m)
				d.expect(m.texts())
				if t.Failed() {
					return
				}
			}
		})
	}
}

// step does the same to both, something that is picked by chance.
func step(chance *rand.Rand, d tracked, m *model) {
	name := string(rune('a' + chance.IntN(4)))
	_, exists := m.names[name]
	switch pick := chance.IntN(12); {
	case pick < 5 || !exists:
		offset := chance.IntN(3 * blockSize)
		text := strings.Repeat(string(rune('A'+chance.IntN(26))), 1+chance.IntN(2*blockSize))
		d.write(name, int64(offset), text)
		m.write(name, offset, text)
	case pick < 7:
		d.sync(name)
		m.sync(name)
	case pick < 8:
		size := chance.IntN(4 * blockSize)
		d.truncate(name, int64(size))
		m.truncate(name, size)
	case pick < 9:
		d.must(d.unlink(d.path(name)))
		delete(m.names, name)
	case pick < 11:
		if other := string(rune('a' + chance.IntN(4))); other != name {
			d.must(d.rename(d.path(name), d.path(other)))
			m.rename(name, other)
		}
	default:
		d.losePower()
		m.losePower()
	}
}
