// SPDX-License-Identifier: Apache-2.0
// StAEDI over a file in memory, with a schema for each message: Runner SCHEMA FILE. For each line of standard
// input, reads the file once and prints CPU-MICROSECONDS (of its thread; compiler and collector run for free) BYTES MESSAGES ERRORS; errors end the run.

import io.xlate.edi.schema.Schema;
import io.xlate.edi.schema.SchemaFactory;
import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamReader;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

public final class Runner {
    private static long messages;

    private static void readAll(EDIInputFactory factory, Schema schema, byte[] bytes) throws Exception {
        messages = 0;
        try (InputStream input = new ByteArrayInputStream(bytes);
             EDIStreamReader reader = factory.createEDIStreamReader(input, "ISO-8859-1")) {
            while (reader.hasNext()) {
                switch (reader.next()) {
                case START_TRANSACTION:
                    reader.setTransactionSchema(schema);
                    messages++;
                    break;
                case SEGMENT_ERROR:
                case ELEMENT_DATA_ERROR:
                case ELEMENT_OCCURRENCE_ERROR:
                    throw new IllegalStateException(reader.getErrorType() + " at "
                        + reader.getLocation() + ": " + reader.getText());
                default:
                    break;
                }
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        java.util.logging.LogManager.getLogManager().reset(); // it notes unused types
        Schema schema;
        try (InputStream input = new FileInputStream(arguments[0])) {
            schema = SchemaFactory.newFactory().createSchema(input);
        }
        byte[] bytes = Files.readAllBytes(Path.of(arguments[1]));
        EDIInputFactory factory = EDIInputFactory.newFactory();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        while (commands.readLine() != null) {
            long start = threads.getCurrentThreadCpuTime();
            readAll(factory, schema, bytes);
            System.out.println((threads.getCurrentThreadCpuTime() - start) / 1000 + " " + bytes.length + " " + messages + " 0");
        }
    }
}
