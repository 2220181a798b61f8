// SPDX-License-Identifier: Apache-2.0
// The commands that turn messages into documents and back, as a user calls them: exit status, what goes to
// standard output and what to standard error.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ctl.h"

#define CXML SOURCE_DIR "/tests/samples/cxml/"
#define EDIFACT SOURCE_DIR "/tests/samples/edifact/"
enum { MOST_ARGUMENTS = 8, MOST_BYTES = 65536 };

struct output {
    int status;
    char out[MOST_BYTES], err[MOST_BYTES];
};

static void read_back(int handle, char *bytes)
{
    lseek(handle, 0, SEEK_SET);
    ssize_t size = read(handle, bytes, MOST_BYTES - 1);
    bytes[size > 0 ? size : 0] = '\0';
    close(handle);
}

static int temporary(void)
{
    char path[] = "/tmp/translate_test_XXXXXX";
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    unlink(path);
    return handle;
}

// Runs a command in a process of its own, so that its output can be caught.
static void run(int (*command)(int, char **), const char *const arguments[], struct output *output)
{
    int out = temporary(), err = temporary(), argc = 1;
    char *argv[MOST_ARGUMENTS + 2] = { "command" };
    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        exit(command(argc, argv));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    output->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    read_back(out, output->out);
    read_back(err, output->err);
}

static size_t lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void runs_commands(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int (*command)(int, char **);
        const char *arguments[MOST_ARGUMENTS + 1];
        int want;
        size_t out_lines;
        const char *out, *err; // parts, NULL for nothing at all
    } cases[] = {
        { "a cXML order",
          ctl_cxml_to_json,
          { CXML "order.xml", NULL },
          0,
          1,
          "\"account\":\"EXAMPLE-2\"",
          "warning" },
        { "a faulty one", ctl_cxml_to_json, { CXML "order-faults.xml", NULL }, 1, 0, NULL, "[400]" },
        { "a change",
          ctl_cxml_to_json,
          { CXML "order-update.xml", NULL },
          0,
          1,
          "\"$type\":\"OrderChange\"",
          NULL },
        { "another kind",
          ctl_cxml_to_json,
          { CXML "profile-request.xml", NULL },
          1,
          0,
          NULL,
          "\"ProfileRequest\"" },
        { "a bomb", ctl_cxml_to_json, { CXML "bomb.xml", NULL }, 1, 0, NULL, "[406]" },
        { "the good among the bad",
          ctl_cxml_to_json,
          { CXML "bomb.xml", CXML "order.xml", NULL },
          1,
          1,
          "PO-3",
          "[406]" },
        { "no file", ctl_cxml_to_json, { "/nonexistent.xml", NULL }, 2, 0, NULL, "/nonexistent.xml" },
        { "no argument", ctl_cxml_to_json, { NULL }, 2, 0, NULL, "FILE" },
        { "unknown partner",
          ctl_cxml_to_json,
          { "--partner", "nobody", CXML "order.xml", NULL },
          2,
          0,
          NULL,
          "nobody" },
        { "no maps",
          ctl_cxml_to_json,
          { "--maps", "/nonexistent", CXML "order.xml", NULL },
          2,
          0,
          NULL,
          "/nonexistent" },
        { "help",
          ctl_cxml_to_json,
          { "--help", NULL },
          0,
          SIZE_MAX,
          "Usage: comptoirctl cxml to-json",
          NULL },

        { "check", ctl_cxml_check, { CXML "order.xml", NULL }, 0, SIZE_MAX, "1 documents, 0 errors\n", NULL },
        { "check a faulty one",
          ctl_cxml_check,
          { CXML "order-faults.xml", NULL },
          1,
          SIZE_MAX,
          "order-faults.xml:9:1: Request/OrderRequest/OrderRequestHeader: the order has no orderID [400]\n",
          NULL },
        { "check another kind",
          ctl_cxml_check,
          { CXML "profile-request.xml", NULL },
          0,
          2,
          "well-formed, a document of kind ProfileRequest",
          NULL },
        { "check two",
          ctl_cxml_check,
          { CXML "bomb.xml", CXML "profile-request.xml", NULL },
          1,
          3,
          "2 documents, 1 errors\n",
          NULL },
        { "quiet",
          ctl_cxml_check,
          { "--quiet", CXML "order.xml", NULL },
          0,
          1,
          "1 documents, 0 errors\n",
          NULL },
        { "strict",
          ctl_cxml_check,
          { "--strict", CXML "order.xml", NULL },
          1,
          SIZE_MAX,
          "1 documents, 3 errors\n",
          NULL },
        { "JSON",
          ctl_cxml_check,
          { "--json", CXML "bomb.xml", NULL },
          1,
          2,
          "{\"documents\":1,\"errors\":1}\n",
          NULL },
        { "no DTDs",
          ctl_cxml_check,
          { "--dtd", "/nonexistent", CXML "order.xml", NULL },
          2,
          SIZE_MAX,
          "documents",
          "/nonexistent/cXML.dtd" },

        { "neighbours of a bad message",
          ctl_edi_to_json,
          { EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          2,
          "\"order_number\":\"PO-3\"",
          "orders-one-of-three-bad.edi:13:9: DTM 1.2" },
        { "no EDIFACT", ctl_edi_to_json, { CXML "order.xml", NULL }, 1, 0, NULL, "XML" },
        { "a message without a map", ctl_edi_to_json, { "-", NULL }, 1, 0, NULL, "empty" },

        { "a response",
          ctl_edi_from_json,
          { "--message", "ORDRSP", "--partner", "example-edifact", EDIFACT "order-response.json", NULL },
          0,
          0,
          "BGM+231+O-1+29+AP'",
          NULL },
        { "in lines",
          ctl_edi_from_json,
          { "--message=ORDRSP", "--partner=example-edifact", "--lines", "--directory=D01B",
            EDIFACT "order-response.json", NULL },
          0,
          SIZE_MAX,
          "UNH+1+ORDRSP:D:01B:UN'\n",
          NULL },
        { "without a partner",
          ctl_edi_from_json,
          { "--message", "ORDRSP", EDIFACT "order-response.json", NULL },
          2,
          0,
          NULL,
          "--partner" },
        { "to a partner without EDIFACT",
          ctl_edi_from_json,
          { "--message", "ORDRSP", "--partner", "example-cxml", EDIFACT "order-response.json", NULL },
          2,
          0,
          NULL,
          "example-cxml has no EDIFACT identity" },
        { "an unknown message",
          ctl_edi_from_json,
          { "--message", "PRICAT", "--partner", "example-edifact", EDIFACT "order-response.json", NULL },
          2,
          0,
          NULL,
          "no map of the message PRICAT" },
        { "of the wrong document",
          ctl_edi_from_json,
          { "--message", "ORDERS", "--partner", "example-edifact", EDIFACT "order-response.json", NULL },
          1,
          0,
          NULL,
          "order-response.json:1:1: ORDERS is written from PurchaseOrder, not from OrderResponse" },
        { "what is no JSON",
          ctl_edi_from_json,
          { "--message", "ORDRSP", "--partner", "example-edifact", CXML "bomb.xml", NULL },
          1,
          0,
          NULL,
          "bomb.xml:1:1:" },
    };
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    setenv("COMPTOIR_MAPS", SOURCE_DIR "/edi-maps", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct output got;
        run(cases[i].command, cases[i].arguments, &got);
        bool good = got.status == cases[i].want && !*got.out == !cases[i].out && !*got.err == !cases[i].err &&
                    (!cases[i].out || strstr(got.out, cases[i].out)) &&
                    (!cases[i].err || strstr(got.err, cases[i].err)) &&
                    (cases[i].out_lines == SIZE_MAX || lines(got.out) == cases[i].out_lines);
        if (!good) {
            print_error("%s: status %d\nout:\n%serr:\n%s", cases[i].name, got.status, got.out, got.err);
            fail();
        }
    }
    close(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(runs_commands) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
