# work.pl N: an order book: patterns, hashes, strings, sorting, calls.
use strict;
use warnings;

my ($count, %stock, @log) = (shift);

sub digits { my $n = shift; return $n < 10 ? $n : ($n % 10) + digits(int($n / 10)) }

my $sum = 0;
for my $n (1 .. $count) {
    my $order = "order $n: " . ($n * 7919 % 1009) . " of item-" . ($n % 613);
    if ($order =~ /^order (\d+): (\d+) of (item-\d+)$/) {
        $stock{$3} += $2;
        $sum += digits($1);
    }
    push @log, join(",", $n % 17, $n % 5) if $n % 8 == 0;
    @log = reverse sort @log[0 .. 99] if @log > 400;
}
my @first = (sort { $stock{$b} <=> $stock{$a} || $a cmp $b } keys %stock)[0 .. 4];
print "$sum @log[0 .. 2] @first[0 .. 2]\n" if @log > 2 && defined $first[2];
(my $text = join " ", map { $_ // "" } @first) =~ tr/a-z/A-Z/;
print "$text\n";
