"""Loads exported files with the packages they are made for: deepeval and evals.

    eval-loaders.py OPENSYNC HOME

OPENSYNC is the program, HOME a home directory with sessions. Each file must load, with as many cases as
the program said it wrote. scripts/test runs this in an environment with what eval-loaders.txt names.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

# Before the packages are imported: nothing is sent anywhere, and no model is asked.
os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"
os.environ["OPENAI_API_KEY"] = "none"
os.environ["EVALS_SEQUENTIAL"] = "1"
os.environ["EVALS_SHOW_EVAL_PROGRESS"] = ""

import evals.data  # noqa: E402
from deepeval.dataset import EvaluationDataset  # noqa: E402
from deepeval.test_case import ConversationalTestCase, LLMTestCase, ToolCall, Turn  # noqa: E402
from evals.elsuite.basic.includes import Includes  # noqa: E402
from evals.elsuite.basic.match import Match  # noqa: E402
from evals.record import RecorderBase  # noqa: E402

KEYS = {
    "input_key_name": "input",
    "actual_output_key_name": "actual_output",
    "expected_output_key_name": "expected_output",
    "context_key_name": "context",
    "retrieval_context_key_name": "retrieval_context",
    "tools_called_key_name": "tools_called",
    "expected_tools_key_name": "expected_tools",
}
OPTIONS = [
    [],
    ["--per", "session"],
    ["--per", "final"],
    ["--system", "yes", "--anonymise", "no"],
    ["--tools", "no", "--context", "no", "--expected-on", "all"],
]


def run(program, folder, *arguments):
    command = [program, "--data-dir", folder, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def export(program, folder, name, *options):
    """Writes a file; answers its path and how many cases the program counted."""
    path = Path(folder) / name
    said = run(program, folder, "export", "--output", str(path), "--force", *options)
    return path, int(re.search(r"([\d,]+) test cases?", said)[1].replace(",", ""))


def labelled(program, home, folder):
    """Imports a home directory and gives sessions labels, through a file of the program's own."""
    first, second = str(Path(folder) / "first"), str(Path(folder) / "second")
    run(program, first, "import", "--home", home)
    archive = json.loads(run(program, first, "export", "--output", "-"))
    for number, session in enumerate(archive["sessions"]):
        if number % 2 == 0:
            session |= {"evalReady": True, "evalStatus": "golden", "evalTags": ["a", "ü"]}
            session |= {"evalNotes": "Two\nlines", "expectedOutput": f"Expected of {number}"}
    edited = Path(folder) / "edited.json"
    edited.write_text(json.dumps(archive))
    run(program, second, "import", str(edited))
    return second


def check_deepeval(path, count):
    raw = json.loads(path.read_text())
    cases = EvaluationDataset()
    cases.add_test_cases_from_json_file(file_path=str(path), **KEYS)
    assert len(cases.test_cases) == count == len(raw), (path, count, len(cases.test_cases))
    for case, item in zip(cases.test_cases, raw):
        assert isinstance(case, LLMTestCase) and case.input.strip() and case.actual_output.strip()
        assert (case.input, case.actual_output) == (item["input"], item["actual_output"])
        assert case.expected_output == item["expected_output"]
        assert len(case.tools_called) == len(item["tools_called"])
        assert all(isinstance(tool, ToolCall) for tool in case.tools_called)
    goldens = EvaluationDataset()
    goldens.add_goldens_from_json_file(file_path=str(path))
    assert len(goldens.goldens) == count
    for golden, item in zip(goldens.goldens, raw):
        assert (golden.name, golden.additional_metadata) == (item["name"], item["additional_metadata"])
    return raw


def check_conversations(path, count):
    raw = json.loads(path.read_text())
    dataset = EvaluationDataset()
    dataset.add_goldens_from_json_file(file_path=str(path))
    assert len(dataset.goldens) == count == len(raw), (path, count)
    for golden, item in zip(dataset.goldens, raw):
        assert type(golden).__name__ == "ConversationalGolden" and len(golden.turns) == len(item["turns"]) > 0
        case = ConversationalTestCase(
            turns=[Turn(**turn) for turn in item["turns"]],
            scenario=item["scenario"],
            expected_outcome=item["expected_outcome"],
            context=item["context"],
            name=item["name"],
            metadata=item["additional_metadata"],
            comments=item["comments"],
        )
        assert len(case.turns) == len(item["turns"])


class Known:
    """A model that knows one answer to each prompt. Two sessions may have asked the same."""

    def __init__(self, samples):
        self.answers = {json.dumps(sample["input"]): sample["ideal"] for sample in samples}
        self.right = sum(sample["ideal"] == self.answers[json.dumps(sample["input"])] for sample in samples)

    def __call__(self, prompt, **_):
        answer = self.answers[json.dumps(prompt)]
        return SimpleNamespace(get_completions=lambda: [answer])


class Recorder(RecorderBase):
    """Keeps events and writes them nowhere."""

    def __init__(self):
        super().__init__(SimpleNamespace(run_id="exported", created_by=""))

    def _flush_events_internal(self, events_to_write):
        pass


def check_evals(path, count, folder):
    samples = evals.data.get_jsonl(str(path))
    assert len(samples) == count == len(evals.data.get_lines(str(path))), (path, count, len(samples))
    for sample in samples:
        assert sample["ideal"].strip() and sample["input"][-1]["role"] == "user"
        assert all(m["role"] in ("system", "user", "assistant") and m["content"] for m in sample["messages"])
    if not samples:
        return
    model = Known(samples)
    for kind in (Match, Includes):
        checked = kind(
            completion_fns=[model],
            samples_jsonl=str(path),
            eval_registry_path=Path(folder),
            name="opensync.exported",
        )
        recorder = Recorder()
        checked.run(recorder)
        events = recorder.get_events("match")
        right = sum(event.data["correct"] for event in events)
        assert len(events) == count and right >= model.right > count / 2, (kind, len(events), right)


def main(program, home):
    with tempfile.TemporaryDirectory() as folder:
        archive = labelled(program, home, folder)
        total = 0
        for options in OPTIONS:
            path, count = export(program, archive, "deepeval.json", "--format", "deepeval", *options)
            raw = check_deepeval(path, count)
            expected = sum(case["expected_output"] is not None for case in raw)
            assert expected > 0, options
            path, conversations = export(
                program, archive, "conversations.json", "--format", "deepeval-conversational", *options
            )
            check_conversations(path, conversations)
            path, lines = export(program, archive, "openai.jsonl", "--format", "openai", *options)
            assert lines == count, "both formats have the same cases"
            check_evals(path, lines, folder)
            total += count + conversations + lines
        path, count = export(program, archive, "chats.jsonl", "--format", "openai", "--shape", "conversation")
        assert len(evals.data.get_jsonl(str(path))) == count == conversations
        path, count = export(program, archive, "promptfoo.jsonl", "--format", "promptfoo")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(lines) == count and all(line["vars"]["input"].strip() for line in lines)
        # A session nobody answered is a file without cases, which must load as well.
        for name, options in (("none.json", ["--format", "deepeval"]), ("none.jsonl", ["--format", "openai"])):
            path, count = export(program, archive, name, *options, "--query", "messages:<=1")
            assert count == 0, "the fixtures have sessions without an answer"
            check_deepeval(path, 0) if name.endswith("json") else check_evals(path, 0, folder)
        print(f"deepeval and evals loaded {total:,} cases, as many as the program counted")


main(*sys.argv[1:])
