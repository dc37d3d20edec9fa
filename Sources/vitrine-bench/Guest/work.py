"""work.py N: a small simulation: objects and their methods, dictionaries, floating point, strings, a heap made by hand."""
import sys


class Source:
    def __init__(self, state):
        self.state = state

    def below(self, limit):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.state * limit >> 32


class Account:
    def __init__(self, name):
        self.name, self.balance, self.history = name, 100.0, []

    def pay(self, other, amount):
        self.balance -= amount
        other.balance += amount * 0.9375
        if len(self.history) < 8:
            self.history.append(other.name)


def push(heap, item):
    heap.append(item)
    at = len(heap) - 1
    while at and heap[(at - 1) // 2] > heap[at]:
        parent = (at - 1) // 2
        heap[parent], heap[at] = heap[at], heap[parent]
        at = parent


count = int(sys.argv[1])
source = Source(386)
accounts = [Account("account %d" % number) for number in range(64)]
heap, words = [], {}
for turn in range(count):
    giver, taker = accounts[source.below(64)], accounts[source.below(64)]
    giver.pay(taker, source.below(1000) / 64)
    if turn % 4 == 0:
        push(heap, source.below(1 << 20))
        if len(heap) > 1000:
            heap = [item for item in heap if item & 1][:500]
    if turn % 16 == 0:
        for word in ("%s pays %s" % (giver.name, taker.name)).split():
            words[word] = words.get(word, 0) + 1
print("%.3f %d" % (sum(account.balance for account in accounts), sum(heap)))
print(",".join("%s=%d" % pair for pair in sorted(words.items())[:5]), len(accounts[0].history))
