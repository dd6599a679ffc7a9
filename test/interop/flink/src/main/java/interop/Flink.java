package interop;

import java.io.BufferedWriter;
import java.io.FileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;

/**
 * Runs statements of Flink's SQL from a folder: tables.sql in a batch and in a streaming environment, then each NAME.batch.sql or
 * NAME.streaming.sql, of whose last statement the rows go to NAME.tsv, or what was wrong to NAME.error.
 */
public final class Flink {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    TableEnvironment batch = environment(EnvironmentSettings.newInstance().inBatchMode());
    TableEnvironment streaming = environment(EnvironmentSettings.newInstance().inStreamingMode());
    for (String statement : Files.readString(folder.resolve("tables.sql")).split(";\\s*\n")) {
      if (statement.isBlank()) continue;
      batch.executeSql(statement);
      streaming.executeSql(statement);
    }
    for (int at = 1; at < arguments.length; at++) {
      String[] name = arguments[at].split("\\.");
      TableEnvironment environment = name[1].equals("batch") ? batch : streaming;
      String[] statements = Files.readString(folder.resolve(arguments[at])).split(";\n");
      String query = statements[statements.length - 1];
      try {
        for (int before = 0; before < statements.length - 1; before++) environment.executeSql(statements[before]);
      } catch (Exception error) {
        failed(folder, name[0], error);
        continue;
      }
      try (var rows = environment.executeSql(query).collect();
          var to = new BufferedWriter(new FileWriter(folder.resolve(name[0] + ".tsv").toFile()))) {
        while (rows.hasNext()) to.write(line(rows.next()));
      } catch (Exception error) {
        failed(folder, name[0], error);
      }
      System.out.println(name[0]);
    }
    System.exit(0);
  }

  private static void failed(Path folder, String name, Exception error) throws Exception {
    Throwable cause = error;
    while (cause.getCause() != null) cause = cause.getCause();
    Files.writeString(folder.resolve(name + ".error"), error.getMessage() + "\n" + cause);
  }

  private static TableEnvironment environment(EnvironmentSettings.Builder settings) {
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", "1");
    configuration.setString("table.local-time-zone", "UTC");
    return TableEnvironment.create(settings.withConfiguration(configuration).build());
  }

  private static String line(Row row) {
    var line = new StringBuilder();
    for (int at = 0; at < row.getArity(); at++) {
      Object value = row.getField(at);
      if (at > 0) line.append('\t');
      line.append(value == null ? "\\N" : value.toString().replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"));
    }
    return line.append('\n').toString();
  }
}
