#!/usr/bin/env python3
"""The attention page in a real Chromium, hostile tokens included. Usage: attend_page.py PROGRAM [--keep FOLDER] [--screenshots FOLDER HTML...]

PROGRAM FOLDER writes text.html, picture.html and sound.html there (tests/snippets/inspect.cpp). Exit status 77 where no Chromium is installed.
With --screenshots nothing is tested: the given pages are drawn into FOLDER, each as NAME.png."""
import argparse, base64, fcntl, json, os, pathlib, select, shutil, subprocess, sys, tempfile, time


class Browser:
    """Chromium without a window, controlled by the DevTools protocol over a pair of pipes."""

    def __init__(self, program, profile):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()
        to_browser, from_browser = (fcntl.fcntl(f, fcntl.F_DUPFD, 10) for f in (to_browser, from_browser))  # so that 3 and 4 are free
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--mute-audio",
                 "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        def connect():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)
        self.process = subprocess.Popen([program, *flags], preexec_fn=connect, pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "HOME": profile})
        os.close(to_browser), os.close(from_browser)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def message(self):
        deadline = time.monotonic() + 60
        while b"\0" not in self.rest:
            if not select.select([self.into], [], [], max(0, deadline - time.monotonic()))[0]:
                sys.exit("Chromium has not answered for a minute")
            part = os.read(self.into, 1 << 20)
            if not part:
                sys.exit("Chromium has ended")
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params, **({"sessionId": self.session} if self.session else {})}
        os.write(self.out, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, hash=""):
        self.events.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri() + hash)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events) or self.run("document.readyState") != "complete":
            self.run("new Promise(done => setTimeout(done, 20))")
        self.run("new Promise(done => setTimeout(done, 50))")

    def run(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def mouse(self, selector, *kinds):
        x, y = self.run(f"(e => (e.scrollIntoView({{block: 'center'}}), e = e.getBoundingClientRect(), [e.x + e.width / 2, e.y + e.height / 2]))"
                        f"(document.querySelector({json.dumps(selector)}))")
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in kinds:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def click(self, selector):
        self.mouse(selector, "mousePressed", "mouseReleased")

    def key(self, name):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name)

    def complaints(self):
        """What the page wrote to the console, threw, or asked the network for."""
        bad = [e for e in self.events if e["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening")]
        asked = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return bad + [url for url in asked if not url.startswith(("file:", "data:", "about:"))]

    def close(self):
        self.call("Browser.close")
        self.process.wait(20)


failures = 0


def check(ok, what):
    global failures
    if not ok:
        failures += 1
        print(f"FAIL  {what}")


def equal(got, expected, what):
    check(got == expected, f"{what}: {got!r}, expected {expected!r}")


def data_of(browser):
    return browser.run("JSON.parse(document.getElementById('data').textContent)")


def try_text(browser, page):
    browser.open(page)
    equal(browser.complaints(), [], "text: complaints")
    equal(browser.run("typeof hacked + document.querySelectorAll('img, iframe, [onerror]').length"), "undefined0", "text: nothing of the tokens ran")
    equal(browser.run("document.querySelectorAll('script').length"), 2, "text: its scripts")
    data = data_of(browser)
    first = data["layers"][0]
    equal(browser.run("document.querySelectorAll('.lines [data-q]').length"), len(first["queries"]), "text: a token for each query")
    shown = browser.run("[...document.querySelectorAll('.lines [data-q] bdi')].map(e => e.textContent)")
    check(any("</script>" in text for text in shown), "text: markup in a token is shown as it is")
    check(not any(c in "".join(shown) for c in "\u202e\u2028\u0000\n"), "text: what turns or breaks a line is shown by a sign")
    check(any("U+202E" in text for text in shown) and any("\ufffd" in text for text in shown), "text: signs for what cannot be seen")

    thin = "[...document.querySelectorAll('.lines path')].map(e => e.getAttribute('style')).join()"
    mean = browser.run(thin)
    browser.click("#head-1")
    equal(browser.run("location.hash"), "#layer=0&head=1", "text: a click on a head")
    equal(browser.run("document.querySelector('#head-1').getAttribute('aria-pressed')"), "true", "text: the head's button")
    check(browser.run(thin) != mean, "text: another head, other lines")
    browser.mouse('.lines [data-q="2"]')
    equal(browser.run("[...new Set([...document.querySelectorAll('.lines path.on')].map(e => e.classList[0]))].join()"), "q2", "text: pointing shows one row")
    row = first["heads"][1][2 * len(first["keys"]):3 * len(first["keys"])]
    tint = browser.run("[...document.querySelectorAll('.lines [data-k]')].map(e => Number(e.style.getPropertyValue('--w')))")
    check(len(tint) == len(row) and all(abs(10000 * a - b) < 1 for a, b in zip(tint, row)), "text: the keys are tinted by the row's weights")
    check(" attends to " in browser.run("document.querySelector('#description').textContent"), "text: the row in words")
    browser.mouse('.lines [data-k="1"]')
    equal(browser.run("[...new Set([...document.querySelectorAll('.lines path.on')].map(e => e.classList[1]))].join()"), "k1", "text: pointing at a key")
    check(" is attended to by " in browser.run("document.querySelector('#description').textContent"), "text: the key in words")
    browser.click('.lines [data-q="2"]')
    browser.mouse("h1")
    equal(browser.run("location.hash"), "#layer=0&head=1&query=2", "text: a click keeps the row")
    check(browser.run("document.querySelector('.lines [data-q=\"2\"]').classList.contains('on')"), "text: it stays when the pointer leaves")

    browser.key("ArrowDown")
    browser.key("ArrowRight")
    browser.key("]")
    browser.key("v")
    equal(browser.run("location.hash"), "#layer=1&head=2&view=heat&query=3", "text: by keys alone")
    layer = data["layers"][1]
    equal(browser.run("document.querySelectorAll('.heat td').length"), len(layer["queries"]) * len(layer["keys"]), "text: a cell for each weight")
    cells = browser.run("[...document.querySelectorAll('.heat td')].map(e => Number(e.style.getPropertyValue('--w')))")
    most = max(layer["heads"][2])
    check(all(abs(c - w / most) < 0.001 for c, w in zip(cells, layer["heads"][2])), "text: the cells show the head's weights, the largest darkest")
    equal(browser.run("document.querySelectorAll('.heat tr.on').length"), 1, "text: the row in the heat map")
    browser.key("Escape")
    equal(browser.run("document.querySelectorAll('.heat tr.on').length"), 0, "text: Escape lets the row go")
    browser.run("location.hash = '#layer=99&head=nonsense&view=__proto__&query=1e9'")
    browser.run("new Promise(done => setTimeout(done, 50))")
    check(browser.run("document.querySelectorAll('.lines path').length") > 0, "text: an address that makes no sense shows a page all the same")
    for theme in ("dark", "light"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        light = browser.run("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) > 128")
        equal(light, theme == "light", f"text: the {theme} colours")
    equal(browser.complaints(), [], "text: complaints at the end")


def try_parts(browser, page, kind):
    browser.open(page)
    data = data_of(browser)
    parts = len(data["layers"][0]["keys"])
    equal(browser.run("document.querySelectorAll('.stage .part').length"), parts, f"{kind}: its parts")
    check(browser.run("document.querySelector('.stage img').naturalWidth") > 0, f"{kind}: the image is one")
    before = browser.run("[...document.querySelectorAll('.part')].map(e => e.style.getPropertyValue('--w')).join()")
    browser.click('.part[data-q="1"]')
    browser.mouse("h1")
    equal(browser.run("location.hash"), f"#layer=0&head={'mean' if len(data['layers'][0]['heads']) > 1 else 0}&query=1", f"{kind}: a click on a part")
    check(browser.run("[...document.querySelectorAll('.part')].map(e => e.style.getPropertyValue('--w')).join()") != before, f"{kind}: shows its row")
    if kind == "sound":
        length = browser.run("new Promise(done => { const ready = () => done(sound.duration); sound.readyState ? ready() : sound.onloadedmetadata = ready; })")
        check(abs(length - data["sound"]["seconds"]) < 0.05, f"sound: can be played, {length} s")
        check(abs(browser.run("sound.currentTime") - data["sound"]["seconds"] / parts) < 0.02, "sound: a click goes to its time")
    equal(browser.complaints(), [], f"{kind}: complaints")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", nargs="?")
    arguments.add_argument("--keep")
    arguments.add_argument("--screenshots", nargs="+")
    a = arguments.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        print("skipped: no chromium here (Debian: chromium)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(chromium, f"{folder}/profile")
        if a.screenshots:
            for page in a.screenshots[1:]:
                path, _, hash = page.partition("#")
                browser.call("Emulation.setDeviceMetricsOverride", width=1000, height=100, deviceScaleFactor=1, mobile=False)
                browser.open(path, "#" + hash if hash else "")
                height = browser.run("document.documentElement.scrollHeight")
                browser.call("Emulation.setDeviceMetricsOverride", width=1000, height=height, deviceScaleFactor=1, mobile=False)
                screenshot = browser.call("Page.captureScreenshot", format="png")["data"]
                (pathlib.Path(a.screenshots[0]) / (pathlib.Path(path).stem + ".png")).write_bytes(base64.b64decode(screenshot))
                print(path, browser.complaints())
        else:
            pages = pathlib.Path(a.keep or folder)
            subprocess.run([a.program, str(pages)], check=True)
            try_text(browser, pages / "text.html")
            for kind in ("picture", "sound"):
                try_parts(browser, pages / f"{kind}.html", kind)
            print(f"{failures} failures" if failures else "the page works")
        browser.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
