package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mounted is a disk as the kernel shows it, with its control interface.
type mounted struct {
	t       *testing.T
	disk    *disk
	control http.Handler
}

func newMounted(t *testing.T) mounted {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Getuid() != 0 {
		t.Skip("needs root and /dev/fuse")
	}
	base := t.TempDir()
	store, mountpoint := filepath.Join(base, "store"), filepath.Join(base, "mount")
	m := mounted{t: t}
	m.must(os.Mkdir(store, 0o700))
	m.must(os.Mkdir(mountpoint, 0o700))
	d, err := newDisk(store, mountpoint, filepath.Join(base, "spool"))
	m.must(err)
	m.must(d.mount())
	t.Cleanup(func() { m.must(d.unmount()) })
	m.disk, m.control = d, newControl(d)
	return m
}

func (m mounted) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m mounted) path(name string) string { return filepath.Join(m.disk.mountpoint, name) }

func (m mounted) open(name string, flags int) *os.File {
	m.t.Helper()
	file, err := os.OpenFile(m.path(name), flags|os.O_CREATE, 0o600)
	m.must(err)
	m.t.Cleanup(func() { file.Close() })
	return file
}

func (m mounted) write(file *os.File, text string) {
	m.t.Helper()
	_, err := file.WriteString(text)
	m.must(err)
}

// ask sends a request to the control interface, which must grant it.
func (m mounted) ask(method, path, body string) string {
	m.t.Helper()
	status, text := m.request(method, path, body)
	if status != http.StatusOK {
		m.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return text
}

func (m mounted) request(method, path, body string) (int, string) {
	recorder := httptest.NewRecorder()
	m.control.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

func (m mounted) losePower() {
	m.t.Helper()
	m.ask("POST", "/power-loss", "{}")
}

func (m mounted) expect(name, want string) {
	m.t.Helper()
	got, err := os.ReadFile(m.path(name))
	m.must(err)
	if string(got) != want {
		m.t.Errorf("%s: found %q, expected %q", name, got, want)
	}
}

func (m mounted) expectGone(name string) {
	m.t.Helper()
	if _, err := os.Stat(m.path(name)); !errors.Is(err, os.ErrNotExist) {
		m.t.Errorf("%s should not exist: %v", name, err)
	}
}

func expectError(t *testing.T, err error, want syscall.Errno) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("found %v, expected %v", err, want)
	}
}

func TestWhatIsWrittenIsReadBeforeItIsDurable(t *testing.T) {
	m := newMounted(t)
	m.write(m.open("f", os.O_RDWR), "one")
	m.expect("f", "one")
	m.losePower()
	m.expectGone("f")
}

func TestFsyncedBytesSurviveAndLaterOnesDoNot(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_WRONLY)
	m.write(file, "one")
	m.must(file.Sync())
	m.write(file, "two")
	m.losePower()
	m.expect("f", "one")
}

func TestEveryWriteThroughOSyncSurvives(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_WRONLY|os.O_SYNC)
	m.write(file, "one")
	m.write(file, "two")
	m.losePower()
	m.expect("f", "onetwo")
}

func TestClosingMakesNothingDurable(t *testing.T) {
	m := newMounted(t)
	m.must(os.WriteFile(m.path("f"), []byte("one"), 0o600))
	m.losePower()
	m.expectGone("f")
}

func TestARenameSurvivesWithTheFsyncOfItsDirectory(t *testing.T) {
	m := newMounted(t)
	m.must(os.WriteFile(m.path("f"), []byte("old"), 0o600))
	m.must(os.WriteFile(m.path("f.tmp"), []byte("new"), 0o600))
	directory, err := os.Open(m.disk.mountpoint)
	m.must(err)
	defer directory.Close()
	old := m.open("f", os.O_RDWR)
	m.must(old.Sync())

	m.must(os.Rename(m.path("f.tmp"), m.path("f")))
	m.expect("f", "new")
	m.losePower()
	m.expect("f", "old")

	directory, err = os.Open(m.disk.mountpoint)
	m.must(err)
	defer directory.Close()
	m.must(os.WriteFile(m.path("f.tmp"), []byte("new"), 0o600))
	m.must(os.Rename(m.path("f.tmp"), m.path("f")))
	m.must(directory.Sync())
	m.losePower()
	m.expect("f", "new")
	m.expectGone("f.tmp")
}

func TestTruncationThatNoFsyncCoveredIsTakenBack(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	text := strings.Repeat("a", 10_000)
	m.write(file, text)
	m.must(file.Sync())
	m.must(file.Truncate(5))
	m.expect("f", "aaaaa")
	m.losePower()
	m.expect("f", text)
	m.open("f", os.O_RDWR|os.O_TRUNC)
	m.expect("f", "")
	m.losePower()
	m.expect("f", text)
}

func TestWhatWasOpenBeforeAPowerLossFails(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	m.write(file, "one")
	m.must(file.Sync())
	m.losePower()
	_, err := file.WriteString("two")
	expectError(t, err, syscall.EIO)
	_, err = file.ReadAt(make([]byte, 1), 0)
	expectError(t, err, syscall.EIO)
	m.expect("f", "one")
}

func TestARemovedFileCanBeUsedWhileItIsOpen(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	m.write(file, "one")
	m.must(os.Remove(m.path("f")))
	m.write(file, "two")
	m.must(file.Sync())
	got := make([]byte, 6)
	_, err := file.ReadAt(got, 0)
	m.must(err)
	info, err := file.Stat()
	m.must(err)
	if string(got) != "onetwo" || info.Size() != 6 {
		t.Errorf("found %q, size %d", got, info.Size())
	}
	m.losePower()
	m.expectGone("f")
}

func TestAFullDiskRefusesGrowthOnly(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	m.write(file, "0123456789")
	m.ask("PUT", "/faults/full", `{"bytesLeft": 5}`)
	m.write(file, "abcde")
	_, err := file.WriteString("f")
	expectError(t, err, syscall.ENOSPC)
	_, err = os.Create(m.path("g"))
	expectError(t, err, syscall.ENOSPC)
	_, err = file.WriteAt([]byte("X"), 0)
	m.must(err)
	var stat unix.Statfs_t
	m.must(unix.Statfs(m.disk.mountpoint, &stat))
	if stat.Bavail != 0 {
		t.Errorf("statfs says that %d blocks are left", stat.Bavail)
	}
	m.ask("DELETE", "/faults/full", "")
	m.write(file, "f")
	m.expect("f", "X123456789abcdef")
}

func TestErrorsHappenToTheOperationAndTheFilesThatWereNamed(t *testing.T) {
	m := newMounted(t)
	m.must(os.MkdirAll(m.path("a/b"), 0o700))
	bad, good := m.open("a/b/f", os.O_RDWR), m.open("a/f", os.O_RDWR)

	m.ask("PUT", "/faults/errors", `{"operation": "write", "pathContains": "a/b/"}`)
	_, err := bad.WriteString("x")
	expectError(t, err, syscall.EIO)
	m.write(good, "x")

	m.ask("PUT", "/faults/errors", `{"operation": "fsync", "pathContains": ""}`)
	m.write(bad, "x")
	expectError(t, bad.Sync(), syscall.EIO)

	m.ask("PUT", "/faults/errors", `{"operation": "read", "pathContains": "b/f"}`)
	_, err = io.ReadAll(m.open("a/b/f", os.O_RDONLY))
	expectError(t, err, syscall.EIO)

	m.ask("DELETE", "/faults/errors", "")
	m.must(bad.Sync())
	m.losePower()
	m.expect("a/b/f", "x")
	m.expect("a/f", "")
}

func TestAFailedFsyncMakesNothingDurable(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	m.must(file.Sync())
	m.write(file, "one")
	m.ask("PUT", "/faults/errors", `{"operation": "fsync"}`)
	expectError(t, file.Sync(), syscall.EIO)
	m.losePower()
	m.expect("f", "")
}

func TestFsyncWaitsWhenItIsSlow(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	m.ask("PUT", "/faults/slow-fsync", `{"delayMs": 150}`)
	started := time.Now()
	m.write(file, "x")
	written := time.Since(started)
	m.must(file.Sync())
	if synced := time.Since(started); written >= 150*time.Millisecond || synced < 150*time.Millisecond {
		t.Errorf("the write took %v, with the fsync %v", written, synced)
	}
}

func TestAFlippedBitIsRead(t *testing.T) {
	m := newMounted(t)
	m.must(os.Mkdir(m.path("a"), 0o700))
	file := m.open("a/f", os.O_RDWR)
	m.write(file, "0123")
	m.expect("a/f", "0123")
	m.ask("POST", "/flip", `{"path": "a/f", "offset": 2, "bit": 0}`)
	m.expect("a/f", "0133")
	if status, text := m.request("POST", "/flip", `{"path": "../../a/f", "offset": 9}`); status != 500 {
		t.Errorf("a byte beyond the end was flipped: %d %s", status, text)
	}
}

func TestAMountWhoseProgramDiedIsReplaced(t *testing.T) {
	m := newMounted(t)
	m.must(os.WriteFile(m.path("f"), []byte("one"), 0o600))
	again, err := newDisk(m.disk.store, m.disk.mountpoint, m.disk.unsynced.spool)
	m.must(err)
	m.must(again.unmount())
	m.must(again.mount())
	m.expect("f", "one")
}

func TestWhatThePowerLossCouldNotTakeBackIsRefused(t *testing.T) {
	m := newMounted(t)
	m.open("f", os.O_RDWR)
	expectError(t, os.Link(m.path("f"), m.path("g")), syscall.EOPNOTSUPP)
	expectError(t, os.Symlink("f", m.path("g")), syscall.EOPNOTSUPP)
	expectError(t, unix.Mkfifo(m.path("g"), 0o600), syscall.EOPNOTSUPP)
	_, err := os.OpenFile(m.disk.mountpoint, unix.O_TMPFILE|os.O_RDWR, 0o600)
	expectError(t, err, syscall.EOPNOTSUPP)
}

func TestALargeFileIsReadAsItWasWritten(t *testing.T) {
	m := newMounted(t)
	file := m.open("f", os.O_RDWR)
	text := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	_, err := file.Write(text)
	m.must(err)
	m.must(file.Sync())
	m.losePower()
	got, err := os.ReadFile(m.path("f"))
	m.must(err)
	if !bytes.Equal(got, text) {
		t.Errorf("found %d other bytes", len(got))
	}
}

func TestNonsenseIsRefusedWithWhatWasExpected(t *testing.T) {
	m := newMounted(t)
	for body, want := range map[string]string{
		`{"delayMs": 0}`: "expected 1 to 60000",
		`{"delay": 5}`:   `unknown field "delay"`,
		`5`:              "cannot unmarshal number",
	} {
		if status, text := m.request("PUT", "/faults/slow-fsync", body); status != 400 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if state := m.ask("GET", "/", ""); !strings.Contains(state, `"faults":{}`) {
		t.Errorf("something is wrong with the disk: %s", state)
	}
}
