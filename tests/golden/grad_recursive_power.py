def grad_recursive_power(x, n):
    """(x: f64, n: i64) -> f64"""
    tape = []
    returns = []
    frame = []
    pc = 1
    slot = x
    slot_1 = n
    count = 0
    while pc != 0:
        if pc <= 1:
            if slot_1 == 0:
                pc_1 = returns.pop() if returns else 0
                slot_3 = 1.0
                slot_2 = slot_1
            else:
                if slot_1 % 2 == 0:
                    # half = recursive_power(x, n // 2)
                    slot_2 = slot_1 // 2
                    returns.append(2)
                    if len(returns) >= 1000:
                        raise RecursionError("maximum recursion depth exceeded")
                else:
                    # return x * recursive_power(x, n - 1)
                    slot_2 = slot_1 - 1
                    frame.append(slot)
                    returns.append(3)
                    if len(returns) >= 1000:
                        raise RecursionError("maximum recursion depth exceeded")
                pc_1 = 1
                slot_3 = slot
            x = 0.0
        else:
            if pc <= 2:
                # return half * half
                slot_3 = slot * slot
                pc_1 = returns.pop() if returns else 0
                x = 0.0
            else:
                x = frame.pop() if frame else 0.0
                # return x * recursive_power(x, n - 1)
                slot_3 = x * slot
                pc_1 = returns.pop() if returns else 0
            slot_2 = slot_1
        tape.append((slot_1, pc, slot, x))
        count += 1
        pc = pc_1
        slot = slot_3
        slot_1 = slot_2
    frame_bar = []
    slot_bar = 1.0
    for _ in range(count):
        slot_1, pc, slot, x = tape.pop()
        if pc <= 1:
            if slot_1 == 0:
                slot_bar = 0.0
            elif slot_1 % 2 != 0:
                slot_bar_1 = frame_bar.pop() if frame_bar else 0.0
                slot_bar += slot_bar_1
        else:
            if pc <= 2:
                # return half * half
                slot_bar *= slot
                slot_bar_1 = slot_bar + slot_bar
            else:
                # return x * recursive_power(x, n - 1)
                slot_bar_1 = slot_bar * x
                frame_bar.append(slot_bar * slot)
            slot_bar = slot_bar_1
    return slot_bar
