import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Reads lines of an instant, a time zone and a pattern, with tabs between; writes what Java makes of each. */
class FirehoseDates {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      var parts = line.split("\t", 3);
      try {
        var instant = Instant.ofEpochMilli(Long.parseLong(parts[0]));
        var format = DateTimeFormatter.ofPattern(parts[2], Locale.US);
        System.out.println("=" + format.withZone(ZoneId.of(parts[1])).format(instant));
      } catch (IllegalArgumentException | java.time.DateTimeException refused) {
        System.out.println("refused");
      }
    }
  }
}
