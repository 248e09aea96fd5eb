package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tracked is a directory whose changes all pass through an unsynced, as the file system makes them.
type tracked struct {
	t    *testing.T
	root string
	*unsynced
}

func newTracked(t *testing.T) tracked {
	t.Helper()
	u, err := newUnsynced(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return tracked{t, t.TempDir(), u}
}

func (d tracked) path(name string) string { return filepath.Join(d.root, name) }

func (d tracked) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d tracked) write(name string, offset int64, text string) {
	d.t.Helper()
	d.withFile(name, func(file *os.File) error {
		if err := d.beforeChange(file, offset, offset+int64(len(text))); err != nil {
			return err
		}
		_, err := file.WriteAt([]byte(text), offset)
		return err
	})
}

func (d tracked) truncate(name string, size int64) {
	d.t.Helper()
	d.withFile(name, func(file *os.File) error {
		before, err := sizeOf(file)
		d.must(err)
		if err := d.beforeChange(file, min(before, size), max(before, size)); err != nil {
			return err
		}
		return file.Truncate(size)
	})
}

func (d tracked) sync(name string) {
	d.t.Helper()
	d.withFile(name, d.fsync)
}

func (d tracked) withFile(name string, use func(*os.File) error) {
	d.t.Helper()
	path := d.path(name)
	var file *os.File
	open := func() (err error) {
		file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return err
	}
	if _, err := os.Stat(path); err == nil {
		d.must(open())
	} else {
		d.must(d.create(path, open))
	}
	defer file.Close()
	d.must(use(file))
}

func (d tracked) losePower() loss {
	d.t.Helper()
	lost, err := d.lose(nil)
	d.must(err)
	return lost
}

// expect compares all files, by name, with what they should hold; directories end with a slash.
func (d tracked) expect(want map[string]string) {
	d.t.Helper()
	found := map[string]string{}
	d.must(filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, d.root+"/")
		if err != nil || path == d.root {
			return err
		}
		if entry.IsDir() {
			found[name+"/"] = ""
			return nil
		}
		bytes, err := os.ReadFile(path)
		found[name] = string(bytes)
		return err
	}))
	for name, text := range want {
		if got, ok := found[name]; !ok || got != text {
			d.t.Errorf("%s: found %.40q (exists: %v), expected %.40q", name, got, ok, text)
		}
	}
	for name := range found {
		if _, ok := want[name]; !ok {
			d.t.Errorf("%s should not exist", name)
		}
	}
}

func TestPowerLossTakesWhatNoFsyncCovered(t *testing.T) {
	long := strings.Repeat("a", 3*blockSize+100)
	tests := map[string]struct {
		change func(tracked)
		want   map[string]string
	}{
		"an append is gone, what was synced before it stays": {
			func(d tracked) { d.write("f", 0, "one"); d.sync("f"); d.write("f", 3, "two") },
			map[string]string{"f": "one"},
		},
		"nothing is lost right after an fsync": {
			func(d tracked) { d.write("f", 0, "one"); d.sync("f") },
			map[string]string{"f": "one"},
		},
		"a new file is gone": {
			func(d tracked) { d.write("f", 0, "one") },
			map[string]string{},
		},
		"another file's fsync keeps a new file's name but not its bytes": {
			func(d tracked) { d.write("f", 0, "one"); d.write("g", 0, "two"); d.sync("g") },
			map[string]string{"f": "", "g": "two"},
		},
		"overwritten bytes come back": {
			func(d tracked) {
				d.write("f", 0, long)
				d.sync("f")
				d.write("f", blockSize-2, "bbbb")
				d.write("f", 0, "c")
			},
			map[string]string{"f": long},
		},
		"a truncated file is whole again": {
			func(d tracked) { d.write("f", 0, long); d.sync("f"); d.truncate("f", 10); d.truncate("f", 20_000) },
			map[string]string{"f": long},
		},
		"a removed file comes back, without what was not synced": {
			func(d tracked) {
				d.write("f", 0, "one")
				d.sync("f")
				d.write("f", 3, "two")
				d.must(d.unlink(d.path("f")))
			},
			map[string]string{"f": "one"},
		},
		"a renamed file has its old name again": {
			func(d tracked) { d.write("f", 0, "one"); d.sync("f"); d.must(d.rename(d.path("f"), d.path("g"))) },
			map[string]string{"f": "one"},
		},
		"a replaced file comes back": {
			func(d tracked) {
				d.write("f", 0, "old")
				d.write("f.tmp", 0, "new")
				d.sync("f")
				d.sync("f.tmp")
				d.must(d.rename(d.path("f.tmp"), d.path("f")))
			},
			map[string]string{"f": "old", "f.tmp": "new"},
		},
		"a replacement that was not synced itself is whole once its name is": {
			func(d tracked) {
				d.write("f", 0, "old")
				d.sync("f")
				d.write("f.tmp", 0, "new")
				d.must(d.rename(d.path("f.tmp"), d.path("f")))
				d.write("g", 0, "x")
				d.sync("g")
			},
			map[string]string{"f": "new", "g": "x"},
		},
		"directories come back and go": {
			func(d tracked) {
				d.must(os.Mkdir(d.path("old"), 0o700))
				d.must(d.create(d.path("new"), func() error { return os.Mkdir(d.path("new"), 0o700) }))
				d.write("new/f", 0, "one")
				d.must(d.rename(d.path("new/f"), d.path("f")))
				d.must(d.rename(d.path("new"), d.path("old")))
			},
			map[string]string{"old/": ""},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newTracked(t)
			test.change(d)
			d.losePower()
			d.expect(test.want)
			if again := d.losePower(); again != (loss{}) {
				t.Errorf("there was something left to lose: %+v", again)
			}
		})
	}
}

func TestAnOpenFileWithoutANameIsNoLongerTracked(t *testing.T) {
	d := newTracked(t)
	d.write("f", 0, "one")
	file, err := os.OpenFile(d.path("f"), os.O_RDWR, 0)
	d.must(err)
	defer file.Close()
	d.must(d.unlink(d.path("f")))
	d.sync("g")
	d.must(d.beforeChange(file, 3, 6))
	if risk, err := d.atRisk(); err != nil || risk != (loss{}) {
		t.Errorf("at risk: %+v, %v", risk, err)
	}
	graves, err := os.ReadDir(d.spool)
	d.must(err)
	if len(graves) > 0 {
		t.Errorf("the spool still holds %v", graves)
	}
}

func TestWhatIsOldIsDurable(t *testing.T) {
	d := newTracked(t)
	now := time.Now()
	d.now = func() time.Time { return now }
	pass := func(age time.Duration) {
		now = now.Add(age)
		d.must(d.writeBack())
	}
	d.write("f", 0, "one")
	pass(commitAge)
	d.losePower()
	d.expect(map[string]string{})

	d.write("f", 0, "one")
	pass(commitAge + 1)
	d.losePower()
	d.expect(map[string]string{"f": ""})

	d.write("f", 0, "one")
	pass(writeBackAge)
	d.write("f", 3, "two")
	pass(1)
	d.write("f", 6, "three")
	d.losePower()
	d.expect(map[string]string{"f": "onetwo"})
}

func TestLossIsCounted(t *testing.T) {
	d := newTracked(t)
	d.write("f", 0, strings.Repeat("a", 100))
	d.sync("f")
	d.write("f", 100, "1234567")
	d.write("g", 0, "1")
	want := loss{Files: 2, Bytes: 8, NameChanges: 1}
	if risk, err := d.atRisk(); err != nil || risk != want {
		t.Errorf("at risk: %+v, %v", risk, err)
	}
	if lost := d.losePower(); lost != want {
		t.Errorf("lost: %+v", lost)
	}
}

func TestATornLossKeepsWhatIsDurableAndPartOfTheRest(t *testing.T) {
	durable := strings.Repeat("a", 5*blockSize)
	for seed := range uint64(50) {
		d := newTracked(t)
		d.write("f", 0, durable)
		d.sync("f")
		d.write("f", blockSize, strings.Repeat("b", 2*blockSize))
		d.write("f", int64(len(durable)), strings.Repeat("c", 10*sectorSize))
		_, err := d.lose(rand.New(rand.NewPCG(seed, 0)))
		d.must(err)
		bytes, err := os.ReadFile(d.path("f"))
		d.must(err)
		text := string(bytes)
		tail := strings.TrimPrefix(text[len(durable):], strings.Repeat("c", len(text)-len(durable)))
		if tail != "" || (len(text)-len(durable))%sectorSize != 0 {
			t.Errorf("seed %d: the tail is no whole number of written sectors", seed)
		}
		for block := range 5 {
			got := text[block*blockSize : (block+1)*blockSize]
			old, written := strings.Repeat("a", blockSize), strings.Repeat("b", blockSize)
			if got != old && (got != written || block < 1 || block > 2) {
				t.Errorf("seed %d: block %d is neither what was durable nor what was written", seed, block)
			}
		}
	}
}
